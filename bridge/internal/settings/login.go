package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
)

// Login is one entry of network.logins: an app login that the bridge makes by
// itself at start. Owner may log in, says bridge.permissions. The paths are
// absolute.
type Login struct {
	Owner        id.UserID `yaml:"owner"`
	BotTokenFile string    `yaml:"bot_token_file"`
	AppTokenFile string    `yaml:"app_token_file"`
}

// Tokens are the two credentials of an app login.
type Tokens struct {
	Bot secret.String
	App secret.String
}

// Prefixes of the tokens that an app login needs. Slack docs: "Token types".
const (
	botPrefix = "xox" + "b-"
	appPrefix = "xap" + "p-"
)

// placeholderPrefix begins what secrets/create.sh writes for a token that is
// still to be put in.
const placeholderPrefix = "REPLACE_WITH_"

// maxTokenFile is more than any token has and less than any wrong file.
const maxTokenFile = 8 << 10

// ReadTokens reads both files. missing names the files that do not exist, are
// empty or hold the placeholder of a new host's secrets, which is no error: the
// bridge says what it waits for. An unreadable
// file and a token of the wrong kind are errors, joined and each of one line
// that names the file; no error shows a token.
func (l Login) ReadTokens() (tokens Tokens, missing []string, err error) {
	bot, botErr := readToken(l.BotTokenFile, botPrefix, "bot token")
	app, appErr := readToken(l.AppTokenFile, appPrefix, "app-level token")
	if botErr == nil && bot.Empty() {
		missing = append(missing, l.BotTokenFile)
	}
	if appErr == nil && app.Empty() {
		missing = append(missing, l.AppTokenFile)
	}
	return Tokens{Bot: bot, App: app}, missing, errors.Join(botErr, appErr)
}

// readToken returns the token that a file holds, or an empty one when there is
// no such file or no token in it yet.
func readToken(file, prefix, kind string) (secret.String, error) {
	data, err := readSmallFile(file, maxTokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return secret.String{}, nil
	}
	if err != nil {
		return secret.String{}, fmt.Errorf("reading the %s: %w", kind, err)
	}
	token := strings.TrimSpace(string(data))
	switch {
	case strings.HasPrefix(token, placeholderPrefix):
		return secret.String{}, nil
	case token == "", strings.HasPrefix(token, prefix) && !strings.ContainsAny(token, " \t\r\n"):
		return secret.New(token), nil
	case strings.HasPrefix(token, prefix):
		return secret.String{}, &wrongTokenError{fmt.Sprintf("%s holds more than the %s", file, kind)}
	default:
		return secret.String{}, &wrongTokenError{fmt.Sprintf("%s holds %s where %s belongs",
			file, tokenKind(token), tokenKind(prefix))}
	}
}

// tokenKind says what a token is by its prefix, without showing it.
func tokenKind(token string) string {
	for prefix, kind := range map[string]string{
		botPrefix: "a bot token (" + botPrefix + "…)", appPrefix: "an app-level token (" + appPrefix + "…)",
		"xox" + "p-": "a user token (xoxp-…)", "xox" + "c-": "a client token (xoxc-…)",
		"xox" + "d-": "a client cookie (xoxd-…)", "xox" + "e": "a configuration or rotating token (xoxe…)",
	} {
		if strings.HasPrefix(token, prefix) {
			return kind
		}
	}
	return "something that is no Slack token"
}

// tokenSource says where on api.slack.com a token of this kind is found.
func tokenSource(prefix string) string {
	if prefix == appPrefix {
		return "copy it from your app's page: Basic Information, App-Level Tokens"
	}
	return "copy it from your app's page: OAuth & Permissions, Bot User OAuth Token"
}

// readSmallFile reads a regular file (or a pipe) of at most limit bytes.
func readSmallFile(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", file)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that belong there", file, info.Size(), limit)
	}
	return os.ReadFile(file)
}
