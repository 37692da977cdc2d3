package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
)

const (
	botToken = "xox" + "b-1111-2222-aaaabbbb"
	appToken = "xap" + "p-1-A012-3333-ccccdddd"
)

func TestReadTokens(t *testing.T) {
	for name, tc := range map[string]struct {
		bot, app string
		missing  int
		errs     []string
	}{
		"both":           {botToken + "\n", "  " + appToken, 0, nil},
		"empty":          {"\n", "", 2, nil},
		"exchanged":      {appToken, botToken, 0, []string{"bot holds an app-level token", "app holds a bot token"}},
		"a user's token": {"xox" + "p-1-2-3", appToken, 0, []string{"bot holds a user token"}},
		"a config token": {"xox" + "e.xoxp-1-2", appToken, 0, []string{"bot holds a configuration or rotating token"}},
		"a password":     {"hunter2hunter2", appToken, 0, []string{"bot holds something that is no Slack token"}},
		"two lines":      {botToken + "\n" + botToken, appToken, 0, []string{"bot holds more than the bot token"}},
		"a novel":        {strings.Repeat("x", 9000), appToken, 0, []string{"has 9000 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			login := writeTokens(t, tc.bot, tc.app)
			tokens, missing, err := login.ReadTokens()
			require.Len(t, missing, tc.missing)
			if tc.errs == nil {
				require.NoError(t, err)
				require.Equal(t, strings.TrimSpace(tc.bot), tokens.Bot.Reveal())
				require.Equal(t, strings.TrimSpace(tc.app), tokens.App.Reveal())
				return
			}
			for _, want := range tc.errs {
				require.ErrorContains(t, err, want)
			}
			secrettest.Check(t, "the error", err.Error())
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestTokenFilesThatDoNotExistAreMissing(t *testing.T) {
	login := settings.Login{BotTokenFile: filepath.Join(t.TempDir(), "bot"), AppTokenFile: filepath.Join(t.TempDir(), "app")}
	_, missing, err := login.ReadTokens()
	require.NoError(t, err)
	require.Equal(t, []string{login.BotTokenFile, login.AppTokenFile}, missing)
}

func TestPlaceholdersOfANewHostAreMissing(t *testing.T) {
	login := writeTokens(t, "REPLACE_WITH_THE_BOT_TOKEN\n", "REPLACE_WITH_THE_APP_LEVEL_TOKEN")
	tokens, missing, err := login.ReadTokens()
	require.NoError(t, err)
	require.Equal(t, []string{login.BotTokenFile, login.AppTokenFile}, missing)
	require.Empty(t, tokens)
}

func writeTokens(t *testing.T, bot, app string) settings.Login {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "bot"), []byte(bot), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "app"), []byte(app), 0o600))
	return settings.Login{
		Owner: "@ada:engines.test", BotTokenFile: filepath.Join(folder, "bot"), AppTokenFile: filepath.Join(folder, "app"),
	}
}

func declare(logins ...settings.Login) string {
	text := complete + "network:\n  logins:\n"
	for _, login := range logins {
		text += "    - owner: \"" + string(login.Owner) + "\"\n" +
			"      bot_token_file: " + login.BotTokenFile + "\n      app_token_file: " + login.AppTokenFile + "\n"
	}
	return text
}

func TestDeclaredLogins(t *testing.T) {
	t.Run("good, and resolved", func(t *testing.T) {
		config, problems := parse(t, declare(writeTokens(t, botToken, appToken), settings.Login{
			Owner: "@ada:engines.test", BotTokenFile: "tokens/bot", AppTokenFile: "tokens/app",
		}))
		require.Empty(t, problems)
		require.Len(t, config.Network.Logins, 2)
		folder, err := filepath.Abs("tokens")
		require.NoError(t, err)
		require.Equal(t, filepath.Join(folder, "bot"), config.Network.Logins[1].BotTokenFile)
	})
	t.Run("tokens of the wrong kind, both said", func(t *testing.T) {
		_, problems := parse(t, declare(writeTokens(t, appToken, botToken)))
		require.Len(t, problems, 2)
		require.Contains(t, problems[0], "bot holds an app-level token")
		require.Contains(t, problems[0], "OAuth & Permissions")
		require.Contains(t, problems[1], "app holds a bot token")
		require.Contains(t, problems[1], "Basic Information")
	})
	t.Run("one token in two files", func(t *testing.T) {
		_, problems := parse(t, declare(writeTokens(t, botToken, appToken), writeTokens(t, botToken, appToken+"other")))
		require.Len(t, problems, 1)
		require.Contains(t, problems[0], "holds the token of network.logins[0].bot_token_file as well")
	})
}
