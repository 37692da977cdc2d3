package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestUserGroups mentions groups in both directions: one of few members, one of many, an
// unknown one, and one that is renamed and joined by more people.
func TestUserGroups(t *testing.T) {
	w := newWorld(t)
	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeUserGroups)
	handle, few, many := "on-call", []string{"U1", "U2"}, []string{}
	for n := range maxGroup + 1 {
		many = append(many, fmt.Sprint("U", n))
	}
	w.api.onCall(func(c call) answer {
		if c.method != "usergroups.list" {
			return nil
		}
		return answer{"usergroups": []answer{
			{"id": "S1", "handle": handle, "users": few}, {"id": "S2", "handle": "everyone-in-oslo", "users": many},
		}}
	})
	n := 0
	hear := func(text string) (string, []id.UserID) {
		n++
		require.NoError(t, w.hear(fmt.Sprint("E", n), slackevent.Message{User: "U1", Text: text, TS: fmt.Sprintf("1700000600.%06d", n)}))
		all := w.home.contents()
		return all[len(all)-1].Body, all[len(all)-1].Mentions.UserIDs
	}
	ghost := func(user string) id.UserID { return w.bridge.Matrix.GhostIntent(w.client.ghostID(user)).GetMXID() }

	body, pinged := hear("<!subteam^S1> help")
	require.Equal(t, "@on-call help", body)
	require.Equal(t, []id.UserID{ghost("U1"), ghost("U2")}, pinged)
	body, pinged = hear("<!subteam^S2> and <!subteam^S9> and <!subteam^S8|@old>")
	require.Equal(t, "@everyone-in-oslo and @S9 and @old", body)
	require.Empty(t, pinged)
	require.Len(t, w.api.of("usergroups.list"), 1)

	require.NoError(t, w.receive(w.write("$a", "@ann:test", "@on-call, @no-such-group: help")))
	require.Equal(t, []string{"<!subteam^S1>, @no-such-group: help"}, w.api.posted(t))
	require.Len(t, w.api.of("usergroups.list"), 1)

	handle, few = "night-shift", append(few, "U3")
	require.NoError(t, w.hearEvent("S1", "subteam_updated", &slackevent.SubteamChange{Type: "subteam_updated"}))
	require.NoError(t, w.hearEvent("S2", "subteam_members_changed", &slackevent.SubteamMembersChange{Type: "subteam_members_changed"}))
	body, pinged = hear("<!subteam^S1> help")
	require.Equal(t, "@night-shift help", body)
	require.Len(t, pinged, 3)
	require.Len(t, w.api.of("usergroups.list"), 2)

	w.client.userGroups.now = func() time.Time { return time.Now().Add(2 * groupsPause) }
	hear("<!subteam^S7>")
	require.Len(t, w.api.of("usergroups.list"), 3, "a group that is not known is asked for again, now and then")
}

// TestUserGroupsThatSlackDoesNotTell: without the scope Slack is not asked, and a refusal
// costs no message; after a transient error the row is tried again.
func TestUserGroupsThatSlackDoesNotTell(t *testing.T) {
	w := newWorld(t)
	say := func(n int) error {
		return w.hear(fmt.Sprint("E", n), slackevent.Message{User: "U1", Text: "<!subteam^S1> help", TS: fmt.Sprintf("1700000600.%06d", n)})
	}
	require.NoError(t, say(1))
	require.Empty(t, w.api.of("usergroups.list"))

	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeUserGroups)
	refuse := func(why string) {
		w.api.onCall(func(c call) answer {
			if c.method == "usergroups.list" {
				return answer{"ok": false, "error": why}
			}
			return nil
		})
	}
	refuse("internal_error")
	require.Error(t, say(2))
	refuse("access_denied")
	require.NoError(t, say(2))
	require.NoError(t, say(3))
	require.Equal(t, []string{"@S1 help", "@S1 help", "@S1 help"}, w.home.bodies())
}
