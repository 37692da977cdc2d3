package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/testbed"
)

// mentions are whom a message notifies.
func mentions(m testbed.Message) *event.Mentions {
	if found := m.Event.Content.AsMessage().Mentions; found != nil {
		return found
	}
	return &event.Mentions{}
}

// TestMentions has people, groups and channels named on one side be named and notified on
// the other.
func TestMentions(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
	owner := bed.Owner.UserID
	bed.Owner.MustSend(general, "here I am") // the bridge knows then who is in the room
	bed.Slack.AwaitPost("general", "here I am")

	t.Run("8 a Matrix person who is named in Slack is pinged", func(t *testing.T) {
		alice.MustPost("general", "@"+owner.Localpart()+", are you there?")
		seen := bed.Owner.AwaitMessage(general, "the call", says("are you there?"))
		require.Equal(t, []id.UserID{owner}, mentions(seen).UserIDs)
		require.Contains(t, seen.HTML, "https://matrix.to/#/"+owner.String())

		alice.MustPost("general", "`@"+owner.Localpart()+"` is code, x@"+owner.Localpart()+" is no name")
		seen = bed.Owner.AwaitMessage(general, "what is no call", says("is no name"))
		require.Empty(t, mentions(seen).UserIDs)
	})
	t.Run("8 who began a thread is pinged by its answers", func(t *testing.T) {
		bed.Owner.MustSend(general, "a thread begins")
		root := bed.Slack.AwaitPost("general", "a thread begins")
		bob.MustThread("general", root.TS, "and goes on")
		require.Equal(t, []id.UserID{owner}, mentions(bed.Owner.AwaitText(general, "and goes on")).UserIDs)
	})
	t.Run("9 rooms by their aliases", func(t *testing.T) {
		bed.Owner.MustSend(general, "it is in #slack_general:"+testbed.ServerName+" already")
		bed.Slack.AwaitPost("general", "it is in <#C0GENERAL1> already")
	})
	t.Run("9 links to messages", func(t *testing.T) {
		ts := alice.MustPost("general", "the message that is linked")
		linked := bed.Owner.AwaitText(general, "the message that is linked")
		permalink := "https://acme.slack.com/archives/C0GENERAL1/p" + strings.ReplaceAll(ts, ".", "")
		bob.MustPost("general", "as said in <"+permalink+">")
		seen := bed.Owner.AwaitMessage(general, "the link", says("as said in"))
		require.Contains(t, seen.Body, general.EventURI(linked.ID, testbed.ServerName).MatrixToURL())

		bed.Owner.MustSend(general, "see "+general.EventURI(linked.ID, testbed.ServerName).MatrixToURL())
		bed.Slack.AwaitPost("general", "see <"+permalink+">")
	})
	t.Run("10 each broadcast is itself", func(t *testing.T) {
		for _, reach := range []string{"here", "channel", "everyone"} {
			alice.MustPost("general", "<!"+reach+"> lunch")
			require.True(t, mentions(bed.Owner.AwaitText(general, "@"+reach+" lunch")).Room)
			bed.Owner.MustSend(general, "@"+reach+" dinner")
			bed.Slack.AwaitPost("general", "<!"+reach+"> dinner")
		}
	})
	t.Run("11 user groups", func(t *testing.T) {
		group, err := bed.Slack.Control.SaveUserGroup(t.Context(), control.UserGroupRequest{Name: "On call", Handle: "on-call", Users: []string{"alice", "bob"}})
		require.NoError(t, err)
		alice.MustPost("general", "<!subteam^"+group.ID+"> please look")
		seen := bed.Owner.AwaitText(general, "@on-call please look")
		require.ElementsMatch(t, []id.UserID{alice.GhostID(), bob.GhostID()}, mentions(seen).UserIDs)
		bed.Owner.MustSend(general, "@on-call: looked")
		bed.Slack.AwaitPost("general", "<!subteam^"+group.ID+">: looked")

		alice.MustPost("general", "<!subteam^S0NOWHERE1> is gone")
		bed.Owner.AwaitText(general, "@S0NOWHERE1 is gone")

		_, err = bed.Slack.Control.SaveUserGroup(t.Context(), control.UserGroupRequest{ID: group.ID, Name: "Night shift", Handle: "night-shift", Users: []string{"bob"}})
		require.NoError(t, err)
		bed.Slack.AwaitAcked()
		bed.Owner.MustSend(general, "@night-shift: your turn")
		bed.Slack.AwaitPost("general", "<!subteam^"+group.ID+">: your turn")
	})
}
