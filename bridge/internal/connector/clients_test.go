package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestAPersonsOwnLoginIsNoApp has a login of a person stay after a takeover, which Slack has
// refused: what the person does is not the bridge's own.
func TestAPersonsOwnLoginIsNoApp(t *testing.T) {
	w := newWorld(t)
	w.room()
	user, err := w.bridge.GetUserByMXID(t.Context(), owner)
	require.NoError(t, err)
	_, err = w.slack.newLogin(t.Context(), user, &database.UserLogin{
		ID: networkid.UserLoginID(teamID + "-U1"), Metadata: &LoginMetadata{},
	})
	require.NoError(t, err)
	require.False(t, w.client.isApp("U1"))
	require.True(t, w.client.isApp(botID))

	ts := slackTS(time.Now())
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "hello", TS: ts}))
	reaction := &slackevent.Reaction{Type: "reaction_added", User: "U1", Reaction: "tada", EventTS: slackTS(time.Now())}
	reaction.Item.Type, reaction.Item.Channel, reaction.Item.TS = "message", general, ts
	require.NoError(t, w.hearEvent("R", "reaction_added", reaction))
	require.Len(t, w.home.of(event.EventReaction), 1)
}
