package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestDescribedFromMatrix has people in Matrix say what a channel is called and about, and
// what is pinned in it.
func TestDescribedFromMatrix(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, alice, room := inPlans(t, options)
		awaitMayDescribe(t, bed, room)
		t.Run("29 the topic", func(*testing.T) {
			bed.Owner.MustSetState(room, event.StateTopic, &event.TopicEventContent{Topic: "what is next"})
			bed.Slack.AwaitTopic("plans", "what is next")
			alice.MustSetTopic("plans", "and what is after that")
			bed.Owner.AwaitTopic(room, "and what is after that")
			bed.Owner.MustSetState(room, event.StateTopic, &event.TopicEventContent{Topic: "that's it"})
			bed.Slack.AwaitTopic("plans", "that's it")
		})
		t.Run("29 a name that Slack refuses", func(*testing.T) {
			bed.Owner.MustSetState(room, event.StateRoomName, &event.RoomNameEventContent{Name: "#other-plans"})
			bed.Owner.AwaitMessage(room, "why", says("Slack lets an app rename only channels that it created"))
			bed.Owner.AwaitName(room, "#plans")
		})
		t.Run("29 the name", func(t *testing.T) {
			chat := bed.Owner.AwaitChat()
			asked := bed.Owner.MustSend(chat, "create-channel wishes")
			bed.Owner.AwaitAnswer(chat, asked, "the channel", says("The channel #wishes"))
			wishes := bed.Owner.AwaitRoom("#wishes")
			awaitMayDescribe(t, bed, wishes)
			bed.Owner.MustSetState(wishes, event.StateRoomName, &event.RoomNameEventContent{Name: "Old Wishes"})
			bed.Owner.AwaitName(wishes, "#old-wishes")
			found, err := bed.Slack.Control.Channel(t.Context(), "old-wishes")
			require.NoError(t, err)
			require.Equal(t, "old-wishes", found.Name)
		})
		t.Run("38 pins", func(*testing.T) {
			one, two := alice.MustPost("plans", "one"), alice.MustPost("plans", "two")
			first, second := bed.Owner.AwaitText(room, "one").ID, bed.Owner.AwaitText(room, "two").ID
			alice.MustPin("plans", one)
			bed.Owner.AwaitPinned(room, first)
			bed.Owner.MustSetState(room, event.StatePinnedEvents, &event.PinnedEventsEventContent{Pinned: []id.EventID{first, second}})
			bed.Slack.AwaitPinned("plans", two, true)
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			bed.Owner.MustSetState(room, event.StatePinnedEvents, &event.PinnedEventsEventContent{Pinned: []id.EventID{second}})
			bed.Slack.AwaitPinned("plans", one, false)
			alice.MustUnpin("plans", two)
			bed.Owner.AwaitPinned(room)
		})
	})
}

// awaitMayDescribe waits until the owner may change what a room is called.
func awaitMayDescribe(t *testing.T, bed *testbed.Bed, room id.RoomID) {
	bed.Await("the owner may change what the room is called", func() bool {
		var levels event.PowerLevelsEventContent
		err := bed.Owner.Client.StateEvent(t.Context(), room, event.StatePowerLevels, "", &levels)
		return err == nil && levels.GetUserLevel(bed.Owner.UserID) >= 50
	})
}

// TestBookmarks has a channel with bookmarks get its room.
func TestBookmarks(t *testing.T) {
	t.Run("38 bookmarks", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{Stopped: true})
		alice := bed.Slack.Person("alice")
		alice.MustCreateChannel("plans", testbed.Bot)
		alice.MustBookmark("plans", "Calendar", "https://calendar.example")
		bed.Bridge.MustStart()
		room := bed.Owner.AwaitRoom("#plans")
		bed.Await("the bookmark in the room's state", func() bool {
			var content struct {
				Bookmarks []struct{ Title, Link string }
			}
			kind := event.Type{Type: "com.slack.bookmarks", Class: event.StateEventType}
			err := bed.Owner.Client.StateEvent(t.Context(), room, kind, "", &content)
			return err == nil && len(content.Bookmarks) == 1 && content.Bookmarks[0].Title == "Calendar" &&
				content.Bookmarks[0].Link == "https://calendar.example"
		})
	})
}
