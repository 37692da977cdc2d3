package appsetup

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// Tokens in the shapes of real ones, put together here so that no file holds one.
var (
	oldToken   = "xoxe" + ".xoxp-1-oldoldold"
	oldRefresh = "xoxe" + "-1-oldoldold"
	newToken   = "xoxe" + ".xoxp-1-newnewnew"
	newRefresh = "xoxe" + "-1-newnewnew"
)

// fakeRotator gives out the new pair, or an error.
type fakeRotator struct {
	spent []string
	err   error
}

func (f *fakeRotator) RotateConfiguration(_ context.Context, refresh secret.String) (*slackapi.ConfigurationTokens, error) {
	f.spent = append(f.spent, refresh.Reveal())
	if f.err != nil {
		return nil, f.err
	}
	return &slackapi.ConfigurationTokens{Token: secret.New(newToken), Refresh: secret.New(newRefresh), TeamID: "T1", UserID: "U1"}, nil
}

// written is a file of tokens with a content.
func written(t *testing.T, content string) TokenFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return TokenFile{path}
}

func content(t *testing.T, f TokenFile) string {
	t.Helper()
	text, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	return string(text)
}

func TestTokensOfEveryForm(t *testing.T) {
	for name, text := range map[string]string{
		"the refresh token alone": oldRefresh + "\n",
		"both, by hand":           oldToken + "\n" + oldRefresh,
		"Slack's own answer":      `{"ok":true,"token":"` + oldToken + `","refresh_token":"` + oldRefresh + `","team_id":"T1","exp":1}`,
		"with a word before each": "access: " + oldToken + "\nrefresh: " + oldRefresh + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			f, slack := written(t, text), &fakeRotator{}
			for _, spent := range []string{oldRefresh, newRefresh} {
				tokens, err := f.fresh(t.Context(), slack)
				require.NoError(t, err)
				require.Equal(t, newToken, tokens.Token.Reveal())
				require.Equal(t, spent, slack.spent[len(slack.spent)-1])
			}
			require.Equal(t, stored{newToken, newRefresh, "T1", "U1"}, parseTokens([]byte(content(t, f))))
			info, err := os.Stat(f.Path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			entries, err := os.ReadDir(filepath.Dir(f.Path))
			require.NoError(t, err)
			require.Len(t, entries, 1, "nothing else is left")
		})
	}
	t.Run("a configuration token alone is used as long as it works", func(t *testing.T) {
		slack := &fakeRotator{}
		tokens, err := written(t, oldToken).fresh(t.Context(), slack)
		require.NoError(t, err)
		require.Equal(t, oldToken, tokens.Token.Reveal())
		require.Empty(t, slack.spent)
	})
	t.Run("a link stays a link", func(t *testing.T) {
		f := written(t, oldRefresh)
		link := TokenFile{filepath.Join(t.TempDir(), "link")}
		require.NoError(t, os.Symlink(f.Path, link.Path))
		_, err := link.fresh(t.Context(), &fakeRotator{})
		require.NoError(t, err)
		require.Contains(t, content(t, f), newRefresh)
	})
}

// TestTokensAreStoredBeforeUse: when Slack sees a new token, the file has its pair.
func TestTokensAreStoredBeforeUse(t *testing.T) {
	f := written(t, oldRefresh)
	var stored string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := `{"ok":true,"token":"` + newToken + `","refresh_token":"` + newRefresh + `"}`
		if strings.HasSuffix(r.URL.Path, "export") {
			stored = content(t, f)
			body = `{"ok":true,"manifest":{"display_information":{"name":"x"}}}`
		}
		_, err := w.Write([]byte(body))
		require.NoError(t, err)
	}))
	defer server.Close()
	_, err := Setup{APIURL: server.URL, Tokens: f}.Check(t.Context(), "A1")
	require.NoError(t, err)
	require.Contains(t, stored, newToken)
	require.Contains(t, stored, newRefresh)
}

func TestARefreshTokenIsNotSpentInVain(t *testing.T) {
	t.Run("when the new pair could not be stored", func(t *testing.T) {
		// A folder whose name leaves room for the file's name and for no longer one.
		folder := t.TempDir()
		for len(folder) < 4080 {
			folder = filepath.Join(folder, strings.Repeat("d", min(200, max(1, 4080-len(folder)-1))))
		}
		require.NoError(t, os.MkdirAll(folder, 0o700))
		f, slack := TokenFile{filepath.Join(folder, "t")}, &fakeRotator{}
		require.NoError(t, os.WriteFile(f.Path, []byte(oldRefresh), 0o600))
		_, err := f.fresh(t.Context(), slack)
		require.Equal(t, exit.CannotWrite, exit.Of(err))
		require.ErrorContains(t, err, "its refresh token was not used")
		require.Empty(t, slack.spent)
	})
	t.Run("by two at once", func(t *testing.T) {
		f, slack := written(t, oldRefresh), &fakeRotator{}
		unlock, err := lock(filepath.Dir(f.Path))
		require.NoError(t, err)
		_, err = f.fresh(t.Context(), slack)
		require.Equal(t, exit.TryAgain, exit.Of(err))
		require.Empty(t, slack.spent)
		unlock()
		_, err = f.fresh(t.Context(), slack)
		require.NoError(t, err)
	})
}

func TestRotationThatFailed(t *testing.T) {
	f := written(t, oldRefresh)
	_, err := f.fresh(t.Context(), &fakeRotator{err: errors.New("no route to host")})
	require.Equal(t, exit.Unavailable, exit.Of(err))
	require.Equal(t, oldRefresh, content(t, f), "the file is as it was")

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer server.Close()
	_, err = Setup{APIURL: server.URL, Tokens: f}.Check(t.Context(), "A1")
	require.Equal(t, exit.Unavailable, exit.Of(err))
	require.ErrorContains(t, err, "may be spent: if the next try is refused, make new tokens on https://api.slack.com/apps")
}
