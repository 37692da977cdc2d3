package connector

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

func TestStatusOf(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for name, tc := range map[string]struct {
		person slackdb.Person
		want   userStatus
	}{
		"none":               {},
		"text and emoji":     {slackdb.Person{StatusText: "bread &amp; butter", StatusEmoji: ":palm_tree:"}, userStatus{"bread & butter", "🌴"}},
		"text alone":         {slackdb.Person{StatusText: "away"}, userStatus{"away", "💬"}},
		"emoji alone":        {slackdb.Person{StatusEmoji: ":palm_tree:"}, userStatus{"palm tree", "🌴"}},
		"the workspace's":    {slackdb.Person{StatusText: "busy", StatusEmoji: ":our-logo:"}, userStatus{"busy", "💬"}},
		"not over":           {slackdb.Person{StatusText: "away", StatusUntil: now.Add(time.Second)}, userStatus{"away", "💬"}},
		"over":               {slackdb.Person{StatusText: "away", StatusUntil: now}, userStatus{}},
		"of one deactivated": {slackdb.Person{StatusText: "away", Deleted: true}, userStatus{}},
	} {
		require.Equal(t, tc.want, statusOf(tc.person, now), name)
	}
}

// TestStatuses shows a person's status with their ghost: at first, at once when it changes, and no
// longer than it lasts.
func TestStatuses(t *testing.T) {
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	says := answer{"status_text": "in a meeting", "status_emoji": ":calendar:", "status_expiration": until.Unix()}
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method == "users.info" {
			return answer{"user": answer{"id": c.form.Get("user"), "name": "ann", "real_name": "Ann", "profile": says}}
		}
		return nil
	})
	ghost := w.home.FormatGhostMXID("t1-u1")
	shown := func() *userStatus { return w.home.profileOf(ghost).status }
	n := 0
	change := func(text, emoji string, until time.Time) {
		t.Helper()
		n++
		require.NoError(t, w.hearEvent("E"+text, "user_change", &slackevent.UserChange{Type: "user_change", User: slackevent.User{
			ID: "U1", Name: "ann", RealName: "Ann", Updated: time.Unix(1_700_000_000+int64(n), 0),
			Profile: slackevent.Profile{StatusText: text, StatusEmoji: emoji, StatusExpiration: until},
		}}))
	}
	end := func(at time.Time) {
		t.Helper()
		w.client.users.now = func() time.Time { return at }
		require.NoError(t, w.client.endDueStatuses(t.Context()))
		w.client.users.now = time.Now
	}

	t.Run("36 a status at once when it changes, as long as it lasts", func(t *testing.T) {
		require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "hello", TS: "1700000001.000001"}))
		require.Equal(t, &userStatus{"in a meeting", "📆"}, shown())
		end(until.Add(-time.Second))
		require.NotNil(t, shown())
		end(until)
		require.Nil(t, shown())

		change("on holiday", ":palm_tree:", time.Time{})
		require.Equal(t, &userStatus{"on holiday", "🌴"}, shown())
		end(until.Add(1000 * time.Hour))
		require.NotNil(t, shown(), "it lasts until it changes")
		change("", "", time.Time{})
		require.Nil(t, shown())
	})
	t.Run("a homeserver that does not take it", func(t *testing.T) {
		w.home.failProfiles(refused(http.StatusBadGateway, "M_UNKNOWN", "away"))
		change("refused", "", time.Time{})
		require.Nil(t, shown())
		w.home.failProfiles(nil)
		change("taken", "", time.Time{})
		require.Equal(t, &userStatus{"taken", noEmoji}, shown())
	})
	t.Run("an end that a homeserver does not take at first, and one that it never takes", func(t *testing.T) {
		change("soon over", "", until)
		defer w.home.failProfiles(nil)
		due := func(refusal error) error {
			w.home.failProfiles(refusal)
			w.client.users.now = func() time.Time { return until }
			defer func() { w.client.users.now = time.Now }()
			return w.client.endDueStatuses(t.Context())
		}
		require.Error(t, due(refused(http.StatusBadGateway, "M_UNKNOWN", "away")))
		require.NotNil(t, shown())
		require.NoError(t, due(nil))
		require.Nil(t, shown())

		change("stays", "", until)
		require.NoError(t, due(refused(http.StatusForbidden, "M_FORBIDDEN", "no")))
		require.NotNil(t, shown())
		people, err := w.slack.db.EndedStatuses(t.Context(), teamID, until)
		require.NoError(t, err)
		require.Empty(t, people, "it is not asked each minute")
	})
	_, err := w.slack.eraseNamed(t.Context(), "U1", "asked")
	require.NoError(t, err)
	w.run(matrixevent.Source, w.slack.HandleMatrix)
	w.awaitNone(matrixevent.Source)
	require.Equal(t, profile{name: erasedName}, w.home.profileOf(ghost))
}

// TestAStatusWhereProfilesAreReplaced is not shown, and not taken for shown.
func TestAStatusWhereProfilesAreReplaced(t *testing.T) {
	w := newWorld(t)
	w.home.replacesProfiles = true
	w.api.onCall(func(c call) answer {
		if c.method == "users.info" {
			return answer{"user": answer{"id": "U1", "name": "ann", "real_name": "Ann", "profile": answer{"status_text": "away"}}}
		}
		return nil
	})
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "hello", TS: "1700000001.000001"}))
	require.Equal(t, "Ann", w.home.profileOf(w.home.FormatGhostMXID("t1-u1")).name)
	ghost, err := w.bridge.GetExistingGhostByID(t.Context(), w.client.ghostID("U1"))
	require.NoError(t, err)
	require.Nil(t, w.home.profileOf(w.home.FormatGhostMXID("t1-u1")).status)
	require.Zero(t, ghost.Metadata.(*GhostMetadata).Status)
}
