package homeserver

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/testbed/process"
)

// continuwuity is a continuwuity with RocksDB in its folder.
type continuwuity struct {
	config  Config
	bin     string
	token   string
	process *process.Process
}

// Continuwuity makes a continuwuity in config.Dir; bin is its program.
//
// It has no configuration for appservices: they are registered by an admin
// command, and the configuration can hold commands that run at every start. The
// first account has to exist before, since it becomes the admin. From the second
// start on the command that creates it fails, which must not stop the server
// (continuwuity's documentation, "Setting up Appservices" and the example
// configuration's admin_execute).
func Continuwuity(config Config, bin string) (Homeserver, error) {
	c := &continuwuity{config: config, bin: bin, token: rand.Text()}
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(c.file(), []byte(settings), 0o600); err != nil {
		return nil, fmt.Errorf("write continuwuity's configuration: %w", err)
	}
	return c, nil
}

func (c *continuwuity) file() string { return filepath.Join(c.config.Dir, "continuwuity.toml") }

func (c *continuwuity) settings() (string, error) {
	commands := []string{"users create-user operator"}
	for _, path := range c.config.Registrations {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read a registration: %w", err)
		}
		commands = append(commands, "appservices register\n```\n"+strings.TrimSpace(string(text))+"\n```")
	}
	var toml strings.Builder
	toml.WriteString("[global]\n")
	if c.config.RoomVersion != "" {
		fmt.Fprintf(&toml, "default_room_version = %s\n", quote(c.config.RoomVersion))
	}
	for _, line := range [][2]string{
		{"server_name", quote(c.config.ServerName)},
		{"database_path", quote(filepath.Join(c.config.Dir, "db"))},
		{"address", `["127.0.0.1"]`},
		{"port", fmt.Sprint(c.config.Port)},
		{"allow_federation", "false"},
		{"trusted_servers", "[]"},
		{"allow_announcements_check", "false"},
		{"allow_registration", "true"},
		{"registration_token", quote(c.token)},
		{"new_user_displayname_suffix", `""`},
		{"admins_list", "[" + quote("@operator:"+c.config.ServerName) + "]"},
		{"log", quote(continuwuityLog)},
		{"admin_execute_errors_ignore", "true"},
		{"admin_execute", "[" + quoteAll(commands) + "]"},
	} {
		fmt.Fprintf(&toml, "%s = %s\n", line[0], line[1])
	}
	return toml.String(), nil
}

// continuwuityLog is its log filter, as modules/slack-bridge/continuwuity-log.nix sets it
// for a host: the parts that write the hs_token into the log are silent.
const continuwuityLog = "info,conduwuit_service::sending::appservice=off,conduwuit_core::error::response=off,conduwuit_api::server::invite=off"

// quote writes a TOML basic string; what it has to escape here are quotes,
// backslashes and line ends (TOML 1.0, "String").
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(text) + `"`
}

func quoteAll(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return strings.Join(quoted, ", ")
}

func (c *continuwuity) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	c.process, err = process.Start(process.Command{
		Name: "continuwuity", Path: c.bin, Dir: c.config.Dir, Log: c.config.Log,
		// All three variables are read; the other two must not add anything.
		Env: []string{"CONTINUWUITY_CONFIG=" + c.file(), "CONDUWUIT_CONFIG=" + c.file(), "CONDUIT_CONFIG=" + c.file()},
	})
	if err != nil {
		return err
	}
	if err := answers(ctx, c.URL(), c.process); err != nil {
		return err
	}
	return knows(ctx, c.URL(), c.config.Registrations, c.process)
}

// Register makes an account with the registration token (Matrix spec,
// "Token-authenticated registration").
func (c *continuwuity) Register(ctx context.Context, account Account) error {
	client, err := mautrix.NewClient(c.URL(), "", "")
	if err != nil {
		return err
	}
	request := &mautrix.ReqRegister[any]{Username: account.Localpart, Password: account.Password, InhibitLogin: true}
	_, uia, err := client.Register(ctx, request)
	if uia == nil && err != nil {
		return fmt.Errorf("register %s: %w", account.Localpart, err)
	}
	if uia != nil {
		request.Auth = map[string]any{"type": "m.login.registration_token", "token": c.token, "session": uia.Session}
		if _, _, err = client.Register(ctx, request); err != nil {
			return fmt.Errorf("register %s: %w", account.Localpart, err)
		}
	}
	return nil
}

func (c *continuwuity) Process() *process.Process { return c.process }
func (c *continuwuity) URL() string               { return c.config.url() }
func (c *continuwuity) ServerName() string        { return c.config.ServerName }
