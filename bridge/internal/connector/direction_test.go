package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// oneWay has messages of #general cross in one direction.
func oneWay(direction settings.Direction) func(*settings.Network) {
	return func(network *settings.Network) {
		network.Channels.Directions = []settings.ChannelDirection{{Channel: "gen*", Direction: direction}}
	}
}

// TestDirections has people of both sides write, edit, react and delete in a channel whose
// messages cross in one direction.
func TestDirections(t *testing.T) {
	t.Run("52 from Slack alone", func(t *testing.T) {
		w := newWorld(t, oneWay(settings.OnlyFromSlack))
		room := w.room().MXID
		require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hear, hear", TS: "1700000600.000001"}))
		require.Equal(t, []string{"hear, hear"}, w.home.bodies(), "a ghost may write")
		said := w.home.of(event.EventMessage)[0].id

		calls := len(w.api.calls)
		require.NoError(t, w.receive(w.write("$m", owner, "and me?")))
		require.NoError(t, w.receive(w.write("$n", owner, "and now?")))
		require.NoError(t, w.receive(w.react("$r", owner, said, "👍")))
		require.NoError(t, w.receive(w.redact("$d", owner, said)))
		require.NoError(t, w.receive(w.write("$o", "@ann:test", "hello?")))
		require.Len(t, w.api.calls, calls, "Slack is not asked for anything")
		told := w.told()
		require.Len(t, told, 2, "each is told once")
		require.True(t, strings.HasPrefix(told[0], "What @owner:test does here is not in Slack: messages of this channel come from Slack alone"), told[0])
		require.Contains(t, told[1], "What @ann:test does here")
	})
	t.Run("52 to Slack alone", func(t *testing.T) {
		w := newWorld(t, oneWay(settings.OnlyToSlack))
		room := w.room().MXID
		require.Zero(t, w.home.writeLevel(room))
		require.NoError(t, w.receive(w.write("$m", owner, "news")))
		require.Equal(t, []string{"news"}, w.api.posted(t))

		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "an answer", TS: "1700000600.000001"}))
		require.NoError(t, w.hear("E2", slackevent.Message{Subtype: slackevent.SubtypeChanged, TS: "1700000601.000001", Message: &slackevent.Message{
			User: "U1", Text: "a better answer", TS: "1700000600.000001", Edited: &slackevent.Edited{User: "U1", TS: "1700000601.000000"},
		}}))
		require.NoError(t, w.hearEvent("E3", "reaction_added", &slackevent.Reaction{
			Type: "reaction_added", User: "U1", Reaction: "tada", Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: postTS(1)}, EventTS: "1700000602.000001",
		}))
		require.NoError(t, w.hear("E4", slackevent.Message{Subtype: slackevent.SubtypeDeleted, DeletedTS: postTS(1), TS: "1700000603.000001"}))
		require.Empty(t, w.home.bodies())
		require.Empty(t, w.home.of(event.EventReaction))
		require.Empty(t, w.home.of(event.EventRedaction))
		require.NoError(t, w.hear("E5", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: "U1", Text: "set the topic", Topic: "new", TS: "1700000604.000001"}))
		require.Equal(t, "new", w.room().Topic, "what the room shows follows Slack")
	})
}

// TestChangesAgainstADirection: what people change about a channel whose messages come from Slack
// alone is undone in its room, which is told why. People of Matrix come and go as they like.
func TestChangesAgainstADirection(t *testing.T) {
	const one = "1700000600.000001"
	w := newWorld(t, oneWay(settings.OnlyFromSlack))
	aWorkspace(w)
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U0ALICE", Text: "one", TS: one}))
	why := ": messages of this channel come from Slack alone"
	wasTold := func(text string, times int) {
		t.Helper()
		notices := w.notices()
		require.Len(t, notices, times)
		require.Contains(t, notices[times-1], text+why)
	}

	require.NoError(t, w.receive(w.named("$name", "Mine")))
	require.Equal(t, []string{"#general"}, w.states(event.StateRoomName))
	wasTold("This is not in Slack", 1)
	require.NoError(t, w.receive(w.topical("$topic", "mine")))
	require.Equal(t, []string{w.room().Topic}, w.states(event.StateTopic))
	wasTold("This is not in Slack", 2)
	require.NoError(t, w.receive(w.pinsAs("$pin", w.rows(one)[0].MXID)))
	require.Empty(t, w.pinnedInMatrix())
	wasTold("This is not in Slack", 3)
	require.NoError(t, w.change("$kick", owner, aliceGhost, "join", "leave"))
	require.Contains(t, w.home.members(room), aliceGhost)
	wasTold("Alice Adams was not removed from the channel in Slack", 4)
	w.home.leave(joined{room, aliceGhost})
	require.NoError(t, w.change("$invite", owner, aliceGhost, "leave", "invite"))
	members := w.home.of(event.StateMember)
	declined := members[len(members)-1]
	require.Equal(t, aliceGhost.String(), declined.key)
	require.Equal(t, event.MembershipLeave, declined.content.AsMember().Membership)
	wasTold("Alice Adams was not invited to the channel in Slack", 5)

	require.NoError(t, w.change("$guest", owner, "@ben:test", "leave", "invite"))
	require.NoError(t, w.change("$out", owner, "@ben:test", "join", "leave"))
	require.Len(t, w.notices(), 5, "who of Matrix is in the room is theirs")
	for _, method := range []string{"conversations.rename", "conversations.setTopic", "pins.add", "conversations.kick", "conversations.invite"} {
		require.Empty(t, w.api.of(method), method)
	}
}

// TestADirectionThatChanges: a room is as open as the direction says at the next start, also
// when its channel was archived meanwhile.
func TestADirectionThatChanges(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	again := func(direction settings.Direction) {
		oneWay(direction)(&w.slack.options.Network)
		conversation, err := w.client.conversations.get(t.Context(), general)
		require.NoError(t, err)
		require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	}
	again(settings.OnlyFromSlack)
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room))
	again(settings.OnlyFromSlack)
	require.Len(t, w.home.of(event.StatePowerLevels), 1)
	again(settings.BothWays)
	require.Zero(t, w.home.writeLevel(room))

	again(settings.OnlyFromSlack)
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000601.000001")
	w.channel(answer{"is_member": true})
	w.archive("channel_unarchive", "1700000700.000001")
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room), "an open channel's room stays read-only")
	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000701.000001")
	again(settings.BothWays)
	require.Equal(t, readOnlyLevel, w.home.writeLevel(room), "an archived channel's too")
	w.channel(answer{"is_member": true})
	w.archive("channel_unarchive", "1700000800.000001")
	require.Zero(t, w.home.writeLevel(room))
}
