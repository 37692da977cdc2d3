package appsetup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// TokenFile is where a person keeps their configuration tokens, readable by them alone.
// It may have been written by hand: the refresh token and nothing more is enough.
type TokenFile struct{ Path string }

// tokensPage is where Slack gives out configuration tokens.
const tokensPage = "https://api.slack.com/apps, under Your App Configuration Tokens"

// DefaultTokenFile is where the tokens are if nothing else is said.
func DefaultTokenFile() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", exit.New(exit.Usage, "there is no folder for configurations (%w); name a file with --tokens", err)
	}
	return filepath.Join(folder, "slack-bridge", "configuration-tokens.json"), nil
}

// stored is the form in which the file is written.
type stored struct {
	Token   string `json:"token"`
	Refresh string `json:"refresh_token"`
	TeamID  string `json:"team_id,omitempty"`
	UserID  string `json:"user_id,omitempty"`
}

// rotator exchanges a refresh token for a new pair.
type rotator interface {
	RotateConfiguration(ctx context.Context, refresh secret.String) (*slackapi.ConfigurationTokens, error)
}

// fresh exchanges the tokens in the file for new ones, which are in the file before they
// are returned. One process at a time does so: a refresh token works once.
func (f TokenFile) fresh(ctx context.Context, slack rotator) (*slackapi.ConfigurationTokens, error) {
	path, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return nil, f.unreadable(err)
	}
	unlock, err := lock(filepath.Dir(path))
	if err != nil {
		return nil, f.unreadable(err)
	}
	defer unlock()
	old, err := f.read(path)
	if err != nil {
		return nil, err
	}
	if old.Refresh == "" {
		return &slackapi.ConfigurationTokens{Token: secret.New(old.Token), TeamID: old.TeamID}, nil
	}
	if err := probe(filepath.Dir(path)); err != nil {
		return nil, exit.New(exit.CannotWrite, "%s could not be replaced, so its refresh token was not used: %w", f.Path, err)
	}
	tokens, err := slack.RotateConfiguration(ctx, secret.New(old.Refresh))
	if err != nil {
		return nil, f.notRotated(err)
	}
	text, err := json.MarshalIndent(stored{tokens.Token.Reveal(), tokens.Refresh.Reveal(), tokens.TeamID, tokens.UserID}, "", "  ")
	if err == nil {
		_, err = atomicfile.Write(path, append(text, '\n'), 0o600)
	}
	if err != nil {
		return nil, exit.New(exit.CannotWrite, "the new tokens could not be stored, and the old refresh token is spent; make new ones on %s: %w", tokensPage, err)
	}
	return tokens, nil
}

// peek returns the configuration token that is in the file.
func (f TokenFile) peek() (*slackapi.ConfigurationTokens, error) {
	tokens, err := f.read(f.Path)
	if err != nil {
		return nil, err
	}
	if tokens.Token == "" {
		return nil, exit.New(exit.Config, "%s holds a refresh token alone, and only slack-app exchanges it", f.Path)
	}
	return &slackapi.ConfigurationTokens{Token: secret.New(tokens.Token), TeamID: tokens.TeamID}, nil
}

// read reads the file.
func (f TokenFile) read(path string) (stored, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stored{}, f.unreadable(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return stored{}, exit.New(exit.Config, "%s holds tokens and others may read it; `chmod 600 %s`", f.Path, f.Path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return stored{}, f.unreadable(err)
	}
	tokens := parseTokens(text)
	if tokens.Token == "" && tokens.Refresh == "" {
		return stored{}, exit.New(exit.Config, "%s holds no configuration token (xoxe.xoxp-…) and no refresh token (xoxe-…); they are on %s", f.Path, tokensPage)
	}
	return tokens, nil
}

// parseTokens reads the form of stored, or the tokens as a person put them there.
func parseTokens(text []byte) stored {
	var tokens stored
	if json.Unmarshal(text, &tokens) == nil {
		return tokens
	}
	for word := range strings.FieldsSeq(string(text)) {
		switch {
		case strings.HasPrefix(word, "xoxe.xoxp-"):
			tokens.Token = word
		case strings.HasPrefix(word, "xoxe-"):
			tokens.Refresh = word
		}
	}
	return tokens
}

func (f TokenFile) unreadable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return exit.New(exit.Config, "there are no configuration tokens in %s: press Generate Token on %s, and put the refresh token (xoxe-…) into the file: `mkdir -p %s; (umask 077; cat > %s)`, paste, Enter, Ctrl-D",
			f.Path, tokensPage, filepath.Dir(f.Path), f.Path)
	case errors.Is(err, errBusy):
		return exit.New(exit.TryAgain, "another process uses %s just now; try again", f.Path)
	default:
		return exit.New(exit.Config, "cannot read the configuration tokens: %w", err)
	}
}

// notRotated says what became of the refresh token.
func (f TokenFile) notRotated(err error) error {
	coded := failed(err)
	if slackapi.MayHaveHappened(err) {
		return exit.New(exit.Of(coded), "%w; the refresh token in %s may be spent: if the next try is refused, make new tokens on %s", err, f.Path, tokensPage)
	}
	if slackapi.KindOf(err) == slackapi.Credentials {
		return exit.New(exit.Of(coded), "%w, and put the new refresh token into %s", err, f.Path)
	}
	return coded
}

var errBusy = errors.New("locked")

// lock keeps other processes from the files of a folder. The file itself is replaced, so
// a lock on it would not hold.
func lock(folder string) (unlock func(), err error) {
	dir, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errBusy, err), dir.Close())
	}
	return func() { _ = dir.Close() }, nil // which also unlocks
}

// probe says whether a file of a pair's size can be written into a folder.
func probe(folder string) error {
	file, err := os.CreateTemp(folder, ".slack-bridge-probe-*")
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, 4096))
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
}
