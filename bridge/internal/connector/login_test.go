package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/status"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestNothingIsSaidThroughALoginThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.client.login.Delete(t.Context(), status.BridgeState{StateEvent: status.StateLoggedOut}, bridgev2.DeleteOpts{LogoutRemote: true})
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "hello")))
	require.Empty(t, w.api.posted(t))
	require.Len(t, w.home.said(), 1)
	require.Contains(t, w.home.said()[0], "logged out")

	w.client = w.login(owner)
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.NoError(t, w.receive(w.write("$m2", "@ann:test", "hello again")))
	require.Equal(t, []string{"hello again"}, w.api.posted(t))
}

// connected says whether a login has a session.
func connected(login *bridgev2.UserLogin) bool {
	c := login.Client.(*Client)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session != nil
}

func TestALoginThatFailsLeavesTheOldOneConnected(t *testing.T) {
	w := newWorld(t)
	login := w.client.login
	w.client.Connect(w.log.WithContext(t.Context()))
	again := func(person id.UserID) error {
		user, err := w.bridge.GetUserByMXID(t.Context(), person)
		require.NoError(t, err)
		_, err = w.slack.makeLogin(t.Context(), user, w.client.who(), &LoginMetadata{Token: botToken, AppToken: appToken})
		return err
	}
	require.ErrorContains(t, again("@second:test"), "@owner:test")
	require.True(t, connected(login), "another person's attempt does not affect the owner")

	_, err := w.bridge.DB.Exec(t.Context(), "ALTER TABLE user_login RENAME TO away")
	require.NoError(t, err)
	require.Error(t, again(owner))
	require.True(t, connected(login), "the database does not answer")
}

// TestANewLoginKnowsItsRooms: with a message the framework does not ask again whether the
// login's owner is in the room.
func TestANewLoginKnowsItsRooms(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "one", TS: "1700000600.000001"}))
	_, err := w.bridge.DB.Exec(t.Context(), "DELETE FROM user_portal")
	require.NoError(t, err)
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "two", TS: "1700000601.000001"}))
	var noted int
	require.NoError(t, w.bridge.DB.QueryRow(t.Context(), "SELECT COUNT(*) FROM user_portal").Scan(&noted))
	require.Zero(t, noted)
}
