package connector

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// crowd are the members of a channel of n people and the bot.
func crowd(n int) []string {
	members := []string{botID}
	for i := range n {
		members = append(members, fmt.Sprintf("U%02d", i))
	}
	return members
}

// hasMembers gives every channel in Slack these members.
func (a *webAPI) hasMembers(members []string) {
	a.onCall(func(c call) answer {
		if c.method == "conversations.members" {
			return answer{"members": members}
		}
		return nil
	})
}

// hasPages is hasMembers for more members than one call returns.
func (a *webAPI) hasPages(members []string) {
	a.onCall(func(c call) answer {
		if c.method == "conversations.members" {
			return pageOf(members, c)
		}
		return nil
	})
}

// pageOf is the page of members that a call asks for.
func pageOf(members []string, c call) answer {
	limit, _ := strconv.Atoi(c.form.Get("limit"))
	from, _ := strconv.Atoi(c.form.Get("cursor"))
	to := min(from+limit, len(members))
	next := ""
	if to < len(members) {
		next = strconv.Itoa(to)
	}
	return answer{"members": members[from:to], "response_metadata": answer{"next_cursor": next}}
}

// ghosts are the ghosts in a room, in the order in which they joined.
func (w *world) ghosts(room id.RoomID) []string {
	var ghosts []string
	for _, user := range w.home.members(room) {
		if ghost, ok := w.home.ParseGhostMXID(user); ok {
			ghosts = append(ghosts, string(ghost))
		}
	}
	return ghosts
}

// TestMostMembersJoinLater makes the room of a channel of 33: the first members are
// there from the beginning, the others join when all rooms are made.
func TestMostMembersJoinLater(t *testing.T) {
	t.Run("31 members are in the room, the last of them later", func(t *testing.T) {
		w := newWorld(t)
		w.api.hasMembers(crowd(33))
		info, err := w.client.newRoomInfo(t.Context(), slackevent.Conversation{ID: general, IsChannel: true})
		require.NoError(t, err)
		require.Equal(t, 34, info.Members.TotalMemberCount)

		w.session()
		room := w.room().MXID
		require.Len(t, w.ghosts(room), membersFirst)
		require.Positive(t, w.slack.inbox.Waiting(sourceOf(w.client.login.ID)), "the others wait")

		require.NoError(t, w.hear("E", slackevent.Message{User: "U30", Text: "hi <@U31>", TS: "1700000001.000001"}))
		require.Contains(t, w.home.bodies(), "hi Ann", "a member who has not joined can be mentioned")

		w.client.roomsMade.Store(true)
		w.settled()
		require.Len(t, w.ghosts(room), 33)
		require.Len(t, w.api.of("conversations.members"), 2)
	})
}

// TestALargeChannelIsNotAllInItsRoom has more members than join a room.
func TestALargeChannelIsNotAllInItsRoom(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.RoomMembers = 50 })
	w.api.hasMembers(crowd(70))
	w.session()
	w.client.roomsMade.Store(true)
	room := w.room().MXID
	w.settled()
	require.Len(t, w.ghosts(room), 50)
}

// TestAVeryLargeChannelIsCompleteLater has more members than one call returns: the room is
// made with the first of them, and the others are listed afterwards, all at once.
func TestAVeryLargeChannelIsCompleteLater(t *testing.T) {
	t.Run("31 everyone in a channel of 450 is in its room, later", func(t *testing.T) {
		w := newWorld(t)
		everyone := crowd(450)
		w.api.onCall(func(c call) answer {
			switch c.method {
			case "conversations.members":
				return pageOf(everyone, c)
			case "conversations.info":
				return answer{"channel": answer{"id": general, "name": "general", "is_channel": true, "is_member": true, "num_members": len(everyone)}}
			case "users.list":
				var people []answer
				for _, id := range everyone {
					people = append(people, answer{"id": id, "name": id, "real_name": id})
				}
				return answer{"members": people}
			}
			return nil
		})
		w.session()
		room := w.room().MXID
		require.Len(t, w.ghosts(room), membersFirst)
		require.Len(t, w.api.of("conversations.members"), 1, "the room does not wait for the others")
		w.client.roomsMade.Store(true)
		w.settled()
		require.Len(t, w.ghosts(room), 450)
		require.Len(t, w.api.of("users.list"), 1)
		require.Len(t, w.api.of("users.info"), membersFirst, "the others are not asked for one by one")
	})
}

// TestWhoIsOnlyInALargeChannelsHistory left the channel: they leave its room once its members are
// listed.
func TestWhoIsOnlyInALargeChannelsHistory(t *testing.T) {
	w := newWorld(t)
	w.api.hasPages(crowd(membersRead + 20))
	room := w.room().MXID
	for _, user := range []string{"U99", "U999"} {
		require.NoError(t, w.home.join(joined{room, w.home.FormatGhostMXID(w.client.ghostID(user))}))
	}
	w.session()
	w.client.roomsMade.Store(true)
	w.settled()
	require.Len(t, w.ghosts(room), membersRead+20)
	require.NotContains(t, w.ghosts(room), "t1-u999")
}

// TestWhoSpokeLastJoinsFirst has known people, some of whom have spoken elsewhere.
func TestWhoSpokeLastJoinsFirst(t *testing.T) {
	w := newWorld(t)
	w.room()
	for i, user := range []string{"U20", "U21"} {
		require.NoError(t, w.hear("E", slackevent.Message{User: user, Text: "hi", TS: fmt.Sprintf("170000000%d.000001", i)}))
	}
	_, err := w.client.users.person(t.Context(), "U25")
	require.NoError(t, err)
	now, later, err := w.client.firstMembers(t.Context(), crowd(30)[1:])
	require.NoError(t, err)
	require.Equal(t, []string{"U21", "U20", "U25", "U00", "U01"}, now)
	require.Len(t, later, 25)
}

// TestARoomDoesNotWaitForNames reaches Slack's rate limits after a few people: those who
// are not known join later.
func TestARoomDoesNotWaitForNames(t *testing.T) {
	w := newWorld(t)
	var limited atomic.Bool
	var named atomic.Int32
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "conversations.members":
			return answer{"members": crowd(20)}
		case c.method == "users.info" && limited.Load() && named.Add(1) > 3:
			return answer{"ok": false, "error": "ratelimited"}
		}
		return nil
	})
	limited.Store(true)
	w.session()
	room := w.room().MXID
	require.Len(t, w.ghosts(room), 3)
	limited.Store(false)
	w.client.roomsMade.Store(true)
	w.settled()
	require.Len(t, w.ghosts(room), 20)
}

// TestACountThatSlackDoesNotListIsAskedFor has more members than one page lists.
func TestACountThatSlackDoesNotListIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.members":
			return answer{"members": crowd(membersRead), "response_metadata": answer{"next_cursor": "more"}}
		case "conversations.info":
			return answer{"channel": answer{"id": general, "name": "general", "is_channel": true, "num_members": 4321}}
		}
		return nil
	})
	info, err := w.client.newRoomInfo(t.Context(), slackevent.Conversation{ID: general, Name: "general", IsChannel: true})
	require.NoError(t, err)
	require.Equal(t, 4321, info.Members.TotalMemberCount)
	require.Len(t, w.api.of("conversations.info"), 1)
	require.Len(t, w.api.of("conversations.members"), 1)
}

// TestJoiningGivesWay: more messages wait than are handled at once.
func TestJoiningGivesWay(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers(crowd(20))
	room := w.room().MXID
	w.client.roomsMade.Store(true)
	for n := range slackWorkers + 1 {
		_, err := w.slack.inbox.Put(t.Context(), inbox.Row{Source: sourceOf(w.client.login.ID), Lane: "another", Key: fmt.Sprint(n), Kind: kindEvent})
		require.NoError(t, err)
	}
	row := &inbox.Attempt{Row: inbox.Row{Source: sourceOf(w.client.login.ID), Lane: w.client.lane("") + "joiners"}}
	_, waits := inbox.LaterFrom(w.client.handleJoiners(t.Context(), row))
	require.True(t, waits)
	require.Len(t, w.ghosts(room), membersFirst)
}

// TestWhoLeavesDoesNotJoin has a member leave the channel before their turn.
func TestWhoLeavesDoesNotJoin(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers(crowd(20))
	room := w.room().MXID
	left := slices.IndexFunc(crowd(20), func(member string) bool {
		return !slices.Contains(w.ghosts(room), string(w.client.ghostID(member))) && member != botID
	})
	user := crowd(20)[left]
	require.NoError(t, w.hearEvent("left", "member_left_channel", &slackevent.Membership{Type: "member_left_channel", User: user, Channel: general}))
	w.client.roomsMade.Store(true)
	w.session()
	w.settled()
	require.NotContains(t, w.ghosts(room), string(w.client.ghostID(user)))
	require.Len(t, w.ghosts(room), 19)
}

// TestJoiningGoesOn has the homeserver refuse one ghost permanently, and not answer for a
// while.
func TestJoiningGoesOn(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers(crowd(20))
	room := w.room().MXID
	banned := w.home.FormatGhostMXID(w.client.ghostID("U15"))
	var away atomic.Int32
	away.Store(1)
	w.home.joining = func(who joined) error {
		switch {
		case who.user == banned:
			return mautrix.MForbidden
		case away.Add(-1) >= 0:
			return errAway
		}
		return nil
	}
	w.client.roomsMade.Store(true)
	w.session()
	w.settled()
	require.Len(t, w.ghosts(room), 19)
	require.Negative(t, away.Load())
	parked, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	for _, row := range parked {
		require.True(t, row.Since.IsZero(), row.Reason)
	}
}

var errAway = errors.Join(mautrix.HTTPError{}, errors.New("the homeserver is away"))

// TestARestartAsksNothingAgain: a new process knows from the database what it needs for
// events and for bringing a room up to date.
func TestARestartAsksNothingAgain(t *testing.T) {
	w := newWorld(t)
	listed := slackevent.Conversation{ID: general, Name: "general", IsChannel: true, Topic: slackevent.Topic{Value: "see <#C9> and <@U1>"}}
	require.NoError(t, w.client.resync(t.Context(), nil, listed))
	portal := w.room()
	require.Equal(t, "see #general and @Ann", portal.Topic)
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "hello", TS: "1700000001.000001"}))

	w.forget()
	w.api.mu.Lock()
	w.api.calls = nil
	w.api.mu.Unlock()
	reaction := &slackevent.Reaction{Type: "reaction_added", User: "U1", Reaction: "tada", EventTS: "1700000002.000001"}
	reaction.Item.Type, reaction.Item.Channel, reaction.Item.TS = slackevent.ItemMessage, general, "1700000001.000001"
	require.NoError(t, w.hearEvent("R", "reaction_added", reaction))
	require.NoError(t, w.client.resync(t.Context(), nil, listed))
	require.Equal(t, "see #general and @Ann", portal.Topic)
	require.Empty(t, w.api.calls)

	listed.Topic.Value = "now <@U1>"
	require.NoError(t, w.client.resync(t.Context(), nil, listed))
	require.Equal(t, "now @Ann", portal.Topic)
}

// TestAStrangerLeavesBeforeJoining: a person of another workspace who was noted before that was known
// does not join any more.
func TestAStrangerLeavesBeforeJoining(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method == "users.info" && c.form.Get("user") == "U7" {
			return answer{"user": answer{"id": "U7", "team_id": "T2", "name": "sven", "real_name": "Sven"}}
		}
		return nil
	})
	portal := w.room()
	require.NoError(t, w.slack.db.PutJoiners(t.Context(), portal.PortalKey, []networkid.UserID{w.client.ghostID("U7")}))
	require.NoError(t, w.hearEvent("L", "member_left_channel", &slackevent.Membership{
		Type: "member_left_channel", User: "U7", Channel: general, ChannelType: "C", EventTS: "1700000002.000100",
	}))
	left, err := w.slack.db.NextJoiners(t.Context(), portal.PortalKey, 10)
	require.NoError(t, err)
	require.Empty(t, left)
}
