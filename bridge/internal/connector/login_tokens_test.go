package connector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// declare declares a login with what is in its files; a token that is empty is missing.
func (w *world) declare(owner id.UserID, bot, app string) settings.Login {
	w.Helper()
	dir := w.TempDir()
	declared := settings.Login{Owner: owner, BotTokenFile: filepath.Join(dir, "bot"), AppTokenFile: filepath.Join(dir, "app")}
	require.NoError(w, os.WriteFile(declared.BotTokenFile, []byte(bot), 0o600))
	require.NoError(w, os.WriteFile(declared.AppTokenFile, []byte(app), 0o600))
	w.slack.options.Network.Logins = []settings.Login{declared}
	return declared
}

func TestAfterRefusal(t *testing.T) {
	var waits []time.Duration
	for n := 1; n <= 6; n++ {
		wait, confirmed := afterRefusal(n)
		waits = append(waits, wait)
		require.Equal(t, n > 3, confirmed)
	}
	s := time.Second
	require.Equal(t, []time.Duration{2 * s, 5 * s, 15 * s, 60 * s, 60 * s, 60 * s}, waits)
}

// refuse makes Slack refuse the next calls of a method as if the token were invalid.
func (a *webAPI) refuse(method string, times int64) (left *atomic.Int64) {
	left = new(atomic.Int64)
	left.Store(times)
	a.onCall(func(c call) answer {
		switch {
		case c.method == method && left.Add(-1) >= 0:
			return answer{"ok": false, "error": "invalid_auth"}
		case c.method == "auth.test":
			return answer{"team_id": teamID, "user_id": botID, "app_id": "A" + botID}
		}
		return nil
	})
	return left
}

// TestFalseRefusalsOfTheBotTokenAreForgotten: as long as they are not confirmed the login
// is usable, and nothing is reported.
func TestFalseRefusalsOfTheBotTokenAreForgotten(t *testing.T) {
	for _, times := range []int64{1, 3} {
		w := newWorld(t)
		w.api.refuse("auth.test", times)
		usable := w.api.before
		w.api.onCall(func(c call) answer {
			if !w.client.IsLoggedIn() {
				t.Error("the login is taken for dead before that is confirmed")
			}
			return usable(c)
		})
		require.True(t, w.session().identify(w.log.WithContext(t.Context())))
		require.True(t, w.client.IsLoggedIn())
		require.Len(t, w.api.of("auth.test"), int(times)+1)
	}
}

// TestAConfirmedRefusalEndsByItself: the fourth refusal counts as confirmed, the token is
// still tried, and the login is usable as soon as Slack accepts it.
func TestAConfirmedRefusalEndsByItself(t *testing.T) {
	w := newWorld(t)
	w.room()
	left := w.api.refuse("auth.test", 1<<40)
	identified := make(chan bool, 1)
	go func() { identified <- w.session().identify(w.log.WithContext(t.Context())) }()
	require.Eventually(t, func() bool { return !w.client.IsLoggedIn() }, 30*time.Second, time.Millisecond)
	require.GreaterOrEqual(t, len(w.api.of("auth.test")), 4)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "into the void")))
	require.Len(t, w.home.said(), 1)
	require.Contains(t, w.home.said()[0], "not connected to Slack")

	left.Store(0)
	require.True(t, <-identified)
	require.NoError(t, w.receive(w.write("$m2", "@ann:test", "again")))
	require.Equal(t, []string{"ann: again"}, w.api.posted(t), "with the scopes that the token has now")
}

// TestASingleFalseRefusalOfAPostIsNotTold: the next try posts the message, and its sender
// is not told about the first.
func TestASingleFalseRefusalOfAPostIsNotTold(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.api.refuse("chat.postMessage", 1)
	event := w.write("$m1", "@ann:test", "hello")
	require.ErrorContains(t, w.receive(event), "invalid_auth")
	require.NoError(t, w.receive(event))
	require.Equal(t, []string{"hello", "hello"}, w.api.posted(t), "one refused, one taken")
	require.Empty(t, w.home.said())
}

// TestADeclaredLoginOutlastsFalseRefusals: Slack refuses a good token at the start; the
// login is still made, with what is in the files by then.
func TestADeclaredLoginOutlastsFalseRefusals(t *testing.T) {
	w := newWorld(t)
	w.declare(owner, botToken, appToken)
	w.api.refuse("auth.test", 6)
	require.NoError(t, w.slack.declareLogins(w.log.WithContext(t.Context())))
	require.Eventually(t, func() bool { return len(w.api.of("apps.connections.open")) > 0 }, 30*time.Second, time.Millisecond, "it is connected")
	require.GreaterOrEqual(t, len(w.api.of("auth.test")), 7)
}

// TestADeclaredLoginGetsAnotherOwner while the bridge is down: the row of the login is there, and
// no login is loaded.
func TestADeclaredLoginGetsAnotherOwner(t *testing.T) {
	w := newWorld(t)
	declared := w.declare(heir, botToken, appToken)
	w.api.onCall(func(c call) answer {
		if c.method == "auth.test" {
			return answer{"team_id": teamID, "user_id": "U0SECOND", "app_id": "A" + botID}
		}
		return nil
	})
	loginID := slackid.MakeLoginID(teamID, "U0SECOND")
	require.NoError(t, w.bridge.DB.UserLogin.Insert(t.Context(), &database.UserLogin{
		BridgeID: w.bridge.ID, UserMXID: owner, ID: loginID, Metadata: &LoginMetadata{DeclaredBy: declared.BotTokenFile},
	}))
	require.NoError(t, w.slack.declareLogins(w.log.WithContext(t.Context())))
	login := w.bridge.GetCachedUserLoginByID(loginID)
	require.NotNil(t, login)
	require.Equal(t, heir, login.UserMXID)
	require.Zero(t, w.saying("does not work"))
}

// TestReplacedTokensAreTakenUp: other tokens in the files of a declared login are used once Slack
// has said that they are of the same bot, and not before.
func TestReplacedTokensAreTakenUp(t *testing.T) {
	w := newWorld(t)
	declared := w.declare(owner, botToken, appToken)
	write := func(bot, app string) {
		require.NoError(t, os.WriteFile(declared.BotTokenFile, []byte(bot), 0o600))
		require.NoError(t, os.WriteFile(declared.AppTokenFile, []byte(app), 0o600))
	}
	w.client.login.Metadata = &LoginMetadata{DeclaredBy: declared.BotTokenFile}
	other := secret.New(botToken + "-another")
	uses := func(bot secret.String) bool { return w.client.api.Uses(bot, secret.New(appToken)) }
	require.True(t, uses(secret.New(botToken)))

	team := "T2"
	w.api.onCall(func(c call) answer {
		if c.method == "auth.test" {
			return answer{"team_id": team, "user_id": botID, "app_id": "A" + botID}
		}
		return nil
	})
	write(other.Reveal(), appToken)
	_, err := w.client.identifyOnce(t.Context())
	require.ErrorContains(t, err, "but this login is of bot "+botID+" in workspace "+teamID)
	require.True(t, uses(secret.New(botToken)), "nothing is said in another workspace")
	team = teamID
	_, err = w.client.identifyOnce(t.Context())
	require.NoError(t, err)
	require.True(t, uses(other))
}

// TestAStepGivesNoAdvice: of refused tokens the login says what to do, once. What a step says
// that meets the refusal, too, is short.
func TestAStepGivesNoAdvice(t *testing.T) {
	w := newWorld(t)
	for code, advised := range map[string]bool{"token_revoked": false, "missing_scope": true} {
		w.api.onCall(func(c call) answer {
			if c.method == "bookmarks.list" {
				return answer{"ok": false, "error": code, "needed": "bookmarks:read"}
			}
			return nil
		})
		_, err := w.client.api.Bookmarks(t.Context(), general)
		err = fmt.Errorf("read the bookmarks of %s: %w", general, err)
		said := withoutAdvice(err)
		require.ErrorContains(t, said, "read the bookmarks of "+general)
		require.ErrorContains(t, said, code)
		require.Equal(t, advised, said.Error() == err.Error(), said)
		require.Equal(t, advised, strings.Contains(said.Error(), "install the app again") || strings.Contains(said.Error(), "reinstall"), said)
		require.Equal(t, slackapi.KindOf(err), slackapi.KindOf(said))
		_, passes := transient(err)
		_, still := transient(said)
		require.Equal(t, passes, still)
	}
}
