package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// joinRules are the join rules that the bridge gave existing rooms.
func joinRules(w *world) []event.JoinRule {
	var rules []event.JoinRule
	for _, s := range w.home.of(event.StateJoinRules) {
		rules = append(rules, s.content.Parsed.(*event.JoinRulesEventContent).JoinRule)
	}
	return rules
}

// letRead has a person say who may read in a room.
func (w *world) letRead(room id.RoomID, readers event.HistoryVisibility) {
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	kind := event.StateHistoryVisibility
	w.home.events = append(w.home.events, sent{room: room, sender: owner, kind: kind, content: &event.Content{
		Parsed: &event.HistoryVisibilityEventContent{HistoryVisibility: readers},
	}})
}

// visibilities are who may read in existing rooms, as the bridge has said.
func visibilities(w *world) (all []event.HistoryVisibility) {
	for _, s := range w.home.of(event.StateHistoryVisibility) {
		if s.sender == owner {
			continue
		}
		all = append(all, s.content.Parsed.(*event.HistoryVisibilityEventContent).HistoryVisibility)
	}
	return all
}

// TestAChannelThatBecomesPrivateIsClosed has the homeserver refuse each step at first.
func TestAChannelThatBecomesPrivateIsClosed(t *testing.T) {
	w := newWorld(t)
	w.letRead(w.room().MXID, event.HistoryVisibilityWorldReadable)
	require.Empty(t, joinRules(w), "the room was made with its rule")
	converted := slackevent.Message{Subtype: slackevent.SubtypeChannelConvertToPrivate, User: "U1", TS: "1700000001.000100", Text: "made this channel private"}
	for _, step := range []event.Type{event.StateJoinRules, event.StateHistoryVisibility} {
		w.home.refuse = func(s sent) error {
			if s.kind.Type == step.Type {
				return refused(502, "M_UNKNOWN", "not now")
			}
			return nil
		}
		require.Error(t, w.hear("Ev1", converted), "it is tried until it is done")
	}
	w.home.refuse = nil
	require.NoError(t, w.hear("Ev1", converted))
	require.Equal(t, []event.JoinRule{event.JoinRuleInvite, event.JoinRuleInvite}, joinRules(w))
	require.Equal(t, []event.HistoryVisibility{event.HistoryVisibilityShared}, visibilities(w))
	require.Equal(t, []string{"made this channel private"}, w.home.bodies())

	converted.Subtype, converted.TS = slackevent.SubtypeChannelConvertToPublic, "1700000002.000100"
	require.NoError(t, w.hear("Ev2", converted))
	require.Equal(t, []event.JoinRule{event.JoinRuleInvite, event.JoinRuleInvite, event.JoinRuleRestricted}, joinRules(w))
	require.Len(t, visibilities(w), 1, "it is that of a public channel too")
}

// TestWhoReadsInAChannelThatBecomesPrivate stays who it is where people let fewer read than the
// bridge would.
func TestWhoReadsInAChannelThatBecomesPrivate(t *testing.T) {
	converted := slackevent.Message{Subtype: slackevent.SubtypeChannelConvertToPrivate, User: "U1", TS: "1700000001.000100", Text: "made this channel private"}
	for readers, said := range map[event.HistoryVisibility][]event.HistoryVisibility{
		"":                                   nil,
		event.HistoryVisibilityInvited:       nil,
		event.HistoryVisibilityJoined:        nil,
		event.HistoryVisibilityShared:        nil,
		event.HistoryVisibilityWorldReadable: {event.HistoryVisibilityShared},
	} {
		w := newWorld(t)
		w.room()
		if readers != "" {
			w.letRead(w.room().MXID, readers)
		}
		require.NoError(t, w.hear("Ev1", converted))
		require.Equal(t, said, visibilities(w), readers)
		require.Equal(t, []event.JoinRule{event.JoinRuleInvite}, joinRules(w))
	}
}

// TestAChannelThatBecamePrivateUnheardIsClosed: the bridge finds out at its start.
func TestAChannelThatBecamePrivateUnheardIsClosed(t *testing.T) {
	w := newWorld(t)
	w.room()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	conversation.IsPrivate = true
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.Equal(t, []event.JoinRule{event.JoinRuleInvite}, joinRules(w))
}

// TestAPrivateChannelIsNotNamedElsewhere has a person mention a private channel that the
// bot is in: Slack shows its name only to its members.
func TestAPrivateChannelIsNotNamedElsewhere(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.info" && c.form.Get("channel") == "C9" {
			return answer{"channel": answer{"id": "C9", "name": "layoffs", "is_channel": true, "is_private": true}}
		}
		return nil
	})
	mention := slackevent.Message{User: "U1", Text: "see <#C9|> and <#C1|>", TS: "1700000001.000100"}
	require.NoError(t, w.hear("Ev1", mention))
	mention.Channel, mention.ChannelType = "C9", "group"
	require.NoError(t, w.hear("Ev2", mention))
	require.Equal(t, []string{"see #private-channel and #general", "see #layoffs and #general"}, w.home.bodies())
}
