package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// isIn says whether a person is a member of a channel in Slack.
func isIn(t *testing.T, bed *testbed.Bed, channel string, person *testbed.SlackPerson) bool {
	t.Helper()
	found, err := bed.Slack.Control.Channel(t.Context(), channel)
	require.NoError(t, err)
	return slices.Contains(found.Members, person.ID())
}

// TestMembersFromSlack has people come and go in Slack, while the bridge runs and while it
// does not.
func TestMembersFromSlack(t *testing.T) {
	bed, alice, room := inPlans(t, testbed.Options{})
	bob, cleo := bed.Slack.Person("bob"), bed.Slack.Person("cleo")
	isThere := func(person *testbed.SlackPerson) func() bool {
		return func() bool { return slices.Contains(membersOf(t, bed.Owner, room), person.GhostID()) }
	}
	isGone := func(person *testbed.SlackPerson) func() bool { return func() bool { return !isThere(person)() } }
	t.Run("31 who joins and leaves", func(t *testing.T) {
		alice.MustInvite("plans", "bob")
		bed.Await("Bob to join", isThere(bob))
		alice.MustKick("plans", "bob")
		bed.Await("Bob to leave", isGone(bob))
		bed.Bridge.MustStop()
		alice.MustInvite("plans", "cleo")
		alice.MustInvite("plans", "bob")
		bed.Slack.MustPass(20 * time.Minute) // Slack gives up
		bed.Bridge.MustStart()
		bed.Await("Cleo to join", isThere(cleo))
		bed.Await("Bob to join again", isThere(bob))
		require.True(t, isThere(alice)())
	})
	t.Run("31 who is deactivated leaves, and keeps their name", func(t *testing.T) {
		cleo.MustPost("plans", "goodbye")
		bed.Owner.AwaitText(room, "goodbye")
		general := bed.Owner.AwaitRoom("#general")
		cleo.MustBeDeactivated()
		bed.Await("Cleo to leave", isGone(cleo))
		bed.Await("Cleo to leave the other room", func() bool {
			return !slices.Contains(membersOf(t, bed.Owner, general), cleo.GhostID())
		})
		profile, err := bed.Owner.Client.GetProfile(t.Context(), cleo.GhostID())
		require.NoError(t, err)
		require.Equal(t, "Cleo", profile.DisplayName)
	})
	t.Run("33 the channel is told what the bot is", func(t *testing.T) {
		alice.MustCreateChannel("welcome", testbed.Bot)
		bed.Slack.AwaitPostWith("welcome", "the line of welcome", func(p testbed.Post) bool {
			return says("I am the bridge to Matrix", "#slack_welcome:"+testbed.ServerName)(testbed.Message{Body: p.Text})
		})
		welcome := bed.Owner.AwaitRoom("#welcome")
		alice.MustPost("welcome", "hello")
		bed.Owner.AwaitText(welcome, "hello")
		require.Zero(t, notices(bed, welcome, "bridge"))
		for _, message := range bed.Owner.Messages(welcome) {
			require.NotContains(t, message.Body, "I am the bridge", "it stays in Slack")
		}
	})
}

// TestPeopleFromSlack has a person change how they look.
func TestPeopleFromSlack(t *testing.T) {
	t.Run("36 a name and a picture at once when they change", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		alice := bed.Slack.Person("alice")
		alice.MustPost("general", "hello")
		bed.Owner.AwaitText(general, "hello")
		pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n" + r.URL.Path))
		}))
		t.Cleanup(pictures.Close)
		var last id.ContentURI
		for _, name := range []string{"Alicia", "Alice again"} {
			alice.MustLookLike(name, pictures.URL+"/"+url.PathEscape(name))
			bed.Await("the new name and picture", func() bool {
				now, err := bed.Owner.Client.GetProfile(t.Context(), alice.GhostID())
				require.NoError(t, err)
				if now.DisplayName != name || now.AvatarURL.IsEmpty() || now.AvatarURL == last {
					return false
				}
				last = now.AvatarURL
				return true
			})
		}
	})
	t.Run("36 a status at once when it changes", func(t *testing.T) {
		onManners(t, func(t *testing.T, options testbed.Options) {
			bed, general := inGeneral(t, options)
			alice := bed.Slack.Person("alice")
			alice.MustPost("general", "hello")
			bed.Owner.AwaitText(general, "hello")
			awaitStatus := func(what string, want any) {
				bed.Await(what, func() bool {
					now, err := bed.Owner.Client.GetProfile(t.Context(), alice.GhostID())
					require.NoError(t, err)
					return reflect.DeepEqual(want, now.Extra["org.matrix.msc4426.status"])
				})
			}
			alice.MustSetStatus("on holiday", ":palm_tree:", time.Time{})
			awaitStatus("the status", map[string]any{"text": "on holiday", "emoji": "🌴"})
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			alice.MustSetStatus("back soon", "", time.Now().Add(3*time.Second))
			awaitStatus("the next", map[string]any{"text": "back soon", "emoji": "💬"})
			awaitStatus("its end", nil)
		})
	})
}

// TestMembersFromMatrix invites and removes ghosts in a channel's room: their people come
// and go in Slack. What Slack refuses is undone, and the room is told why.
func TestMembersFromMatrix(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		bed, _, room := inPlans(t, options)
		owner, bob := bed.Owner, bed.Slack.Person("bob")
		t.Run("32 an invitation", func(t *testing.T) {
			owner.MustInvite(room, bob.GhostID())
			owner.AwaitMember(room, bob.GhostID())
			require.True(t, isIn(t, bed, "plans", bob))
			bob.MustPost("plans", "thank you")
			require.Equal(t, bob.GhostID(), owner.AwaitText(room, "thank you").Sender)
		})
		t.Run("32 a removal", func(t *testing.T) {
			_, err := owner.Client.KickUser(t.Context(), room, &mautrix.ReqKickUser{UserID: bob.GhostID()})
			require.NoError(t, err)
			bed.Await("Bob to be out of the channel", func() bool { return !isIn(t, bed, "plans", bob) })
			bed.Slack.Person("alice").MustPost("plans", "he is gone")
			owner.AwaitText(room, "he is gone")
			require.NotContains(t, membersOf(t, owner, room), bob.GhostID())
			require.Zero(t, notices(bed, room, "in Slack"))
		})
		t.Run("32 what Slack refuses is undone", func(t *testing.T) {
			bed.Slack.MustFailCalls(web.Fault{Method: "conversations.invite", Error: "cant_invite"})
			owner.MustInvite(room, bob.GhostID())
			owner.AwaitMessage(room, "why not", says("Bob Baker was not invited to the channel in Slack", "does not let the app invite"))
			require.NotContains(t, membersOf(t, owner, room), bob.GhostID())

			general, alice := owner.AwaitRoom("#general"), bed.Slack.Person("alice")
			_, err := owner.Client.KickUser(t.Context(), general, &mautrix.ReqKickUser{UserID: alice.GhostID()})
			require.NoError(t, err)
			owner.AwaitMessage(general, "why not", says("Alice was not removed from the channel in Slack", "general channel"))
			bed.Await("Alice's ghost to be back", func() bool {
				var member event.MemberEventContent
				err := owner.Client.StateEvent(t.Context(), general, event.StateMember, alice.GhostID().String(), &member)
				return err == nil && member.Membership == event.MembershipJoin
			})
			require.True(t, isIn(t, bed, "general", alice))
		})
	})
}
