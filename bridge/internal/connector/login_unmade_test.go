package connector

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackid"
)

// heir owns the logins that are declared here, and no other.
const heir = id.UserID("@heir:test")

// isNoted says whether a declared login is noted as one that is still to be made.
func (w *world) isNoted(declared settings.Login) bool {
	_, waits := w.slack.unmade.of(declared.BotTokenFile)
	return waits
}

// answerFor has Slack say that the tokens are of U0SECOND, unless it refuses them.
func (w *world) answerFor(refused *atomic.Bool) {
	w.api.onCall(func(c call) answer {
		switch {
		case c.method != "auth.test":
			return nil
		case refused.Load():
			return answer{"ok": false, "error": "invalid_auth"}
		default:
			return answer{"team_id": teamID, "user_id": "U0SECOND", "app_id": "A" + botID}
		}
	})
}

// TestUnmade: of each declared login that does not work its owner can be told why, with the cure
// and without a token, in a chat that is made for it.
func TestUnmade(t *testing.T) {
	const othersToken = "xapp-" + "1-AOTHER-3333-worldworld"
	for name, tc := range map[string]struct {
		bot, app string
		refused  bool
		why      []string
	}{
		"no bot token yet":         {app: appToken, why: []string{"still missing in", "/bot;", "restart the bridge"}},
		"no token yet":             {why: []string{"/bot and ", "/app;"}},
		"the wrong token":          {bot: botToken, app: botToken, why: []string{"/app", "Restart the bridge"}},
		"an unknown bot token":     {bot: botToken, app: appToken, refused: true, why: []string{"invalid_auth", "bot token"}},
		"the tokens of two apps":   {bot: botToken, app: othersToken, why: []string{"same app", "Restart the bridge"}},
		"everything is as it must": {bot: botToken, app: appToken},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			declared := w.declare(heir, tc.bot, tc.app)
			var refused atomic.Bool
			refused.Store(tc.refused)
			w.answerFor(&refused)
			require.NoError(t, w.slack.declareLogins(w.log.WithContext(t.Context())))
			require.Equal(t, heir, w.slack.DeclaredOwner(declared.BotTokenFile))
			tell := w.slack.Owners()[heir]
			require.NotNil(t, tell, "also of a login that works")
			if tc.why == nil {
				require.Empty(t, w.slack.Unmade())
				require.False(t, w.isNoted(declared))
				return
			}
			require.Eventually(t, func() bool { return w.slack.Unmade()[0].Why != "" }, 30*time.Second, time.Millisecond)
			unmade := w.slack.Unmade()[0]
			require.Equal(t, declared.BotTokenFile, unmade.BotTokenFile)
			require.Equal(t, heir, unmade.Owner)
			for _, part := range tc.why {
				require.Contains(t, unmade.Why, part)
			}
			secrettest.Check(t, "why it does not work", unmade.Why, botToken, appToken, othersToken)

			require.NoError(t, tell(t.Context(), "a key", "A login does not work"))
			require.Equal(t, 1, w.saying("A login does not work"))
			user, err := w.bridge.DB.User.GetByMXID(t.Context(), heir)
			require.NoError(t, err)
			require.NotEmpty(t, user.ManagementRoom)
		})
	}
}

// TestUnmadeUntilItIs: nothing is said while a refusal is not confirmed, and nothing any more when
// the login is made.
func TestUnmadeUntilItIs(t *testing.T) {
	w := newWorld(t)
	declared := w.declare(heir, botToken, appToken)
	var refused atomic.Bool
	refused.Store(true)
	w.answerFor(&refused)
	require.NoError(t, w.slack.declareLogins(w.log.WithContext(t.Context())))
	require.Len(t, w.slack.Unmade(), 1)
	require.Eventually(t, func() bool {
		return w.slack.Unmade()[0].Why != ""
	}, 30*time.Second, time.Millisecond)
	require.GreaterOrEqual(t, len(w.api.of("auth.test")), 4)
	refused.Store(false)
	require.Eventually(t, func() bool { return len(w.slack.Unmade()) == 0 }, 30*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return !w.isNoted(declared) }, 30*time.Second, time.Millisecond)
	require.Contains(t, w.slack.Owners(), heir, "they are told that it is over")
}

// TestUnmadeButMadeEarlier: the session of a login that there is says what is wrong, and of one that
// is logged out nothing is said. If the login is another owner's, both are told.
func TestUnmadeButMadeEarlier(t *testing.T) {
	w := newWorld(t)
	declared := w.declare(heir, "", "")
	load := func(owner id.UserID) *Client {
		_, err := w.bridge.GetUserByMXID(t.Context(), owner)
		require.NoError(t, err)
		loginID := slackid.MakeLoginID(teamID, "U0SECOND")
		require.NoError(t, w.bridge.DB.UserLogin.Insert(t.Context(), &database.UserLogin{
			BridgeID: w.bridge.ID, UserMXID: owner, ID: loginID, Metadata: &LoginMetadata{DeclaredBy: declared.BotTokenFile},
		}))
		login, err := w.bridge.GetExistingUserLoginByID(t.Context(), loginID)
		require.NoError(t, err)
		return login.Client.(*Client)
	}
	ctx := w.log.WithContext(t.Context())
	require.NoError(t, w.slack.declareLogins(ctx))
	client := load(heir)
	require.Empty(t, w.slack.Unmade())
	require.Contains(t, w.slack.Owners(), heir)
	client.login.Logout(ctx)
	require.Empty(t, w.slack.Unmade(), "its owner has ended it")
	require.NotContains(t, w.slack.Owners(), heir)

	require.NoError(t, w.slack.declareLogins(ctx))
	load("@second:test")
	require.Len(t, w.slack.Unmade(), 1)
	require.Contains(t, w.slack.Owners(), heir)
	require.Contains(t, w.slack.Owners(), id.UserID("@second:test"))
}

// TestUnmadeOfAPersonWhoWasErased: they are told nothing, of which something would be kept.
func TestUnmadeOfAPersonWhoWasErased(t *testing.T) {
	w := newWorld(t)
	w.declare(heir, "", "")
	forgotten := make(chan id.UserID, 1)
	w.slack.options.ForgetTold = func(_ context.Context, person id.UserID) error {
		if _, told := w.slack.Owners()[person]; told {
			t.Error("they may be told again")
		}
		forgotten <- person
		return nil
	}
	require.NoError(t, w.slack.declareLogins(w.log.WithContext(t.Context())))
	require.Contains(t, w.slack.Owners(), heir)
	require.NoError(t, w.receive(w.write("$1", heir, "!slack erase me")))
	select {
	case person := <-forgotten:
		require.Equal(t, heir, person)
	case <-time.After(30 * time.Second):
		t.Fatal("what they were told is not forgotten")
	}
	require.NotContains(t, w.slack.Owners(), heir)
}
