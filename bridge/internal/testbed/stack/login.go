package stack

import (
	"fmt"
	"os"
	"path/filepath"

	"maunium.net/go/mautrix/id"
)

// DeclaredLogins is a value of network.logins: the workspace's first app, for
// owner. dir is the stack's folder.
func DeclaredLogins(dir string, owner id.UserID) []any {
	return []any{map[string]any{
		"owner": owner.String(), "bot_token_file": tokenFile(dir, "bot"), "app_token_file": tokenFile(dir, "app"),
	}}
}

// FurtherLogin is an entry of network.logins: the first app of a further workspace, for owner.
func FurtherLogin(dir, team string, owner id.UserID) any {
	return map[string]any{
		"owner": owner.String(), "bot_token_file": tokenFile(dir, team+"-bot"), "app_token_file": tokenFile(dir, team+"-app"),
	}
}

// WriteToken puts a token into the file that the declared login reads: kind is
// bot or app.
func WriteToken(dir, kind, token string) error {
	file := tokenFile(dir, kind)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("write the %s token's file: %w", kind, err)
	}
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the %s token's file: %w", kind, err)
	}
	return nil
}

func tokenFile(dir, kind string) string { return filepath.Join(dir, "secrets", kind+".token") }

// writeTokens makes the files of the declared login.
func (s *Stack) writeTokens() error {
	app := s.Emulator.Apps[0]
	if err := WriteToken(s.Config.Dir, "bot", app.BotToken); err != nil {
		return err
	}
	for team, apps := range s.Emulator.Further {
		if len(apps) == 0 {
			continue
		}
		if err := WriteToken(s.Config.Dir, team+"-bot", apps[0].BotToken); err != nil {
			return err
		}
		if err := WriteToken(s.Config.Dir, team+"-app", apps[0].AppToken); err != nil {
			return err
		}
	}
	return WriteToken(s.Config.Dir, "app", app.AppToken)
}
