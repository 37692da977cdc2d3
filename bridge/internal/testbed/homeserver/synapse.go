package homeserver

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/synapseadmin"

	"ops-jrz1/bridge/internal/testbed/process"
)

// synapse is Synapse from a virtual environment, on SQLite.
type synapse struct {
	config  Config
	python  string
	secret  string
	process *process.Process
}

// Synapse makes a Synapse in config.Dir. venv is the virtual environment that
// `scripts/setup-synapse.sh` fills.
func Synapse(config Config, venv string) (Homeserver, error) {
	python, err := filepath.Abs(filepath.Join(venv, "bin", "python")) // It runs in another folder.
	if err != nil {
		return nil, fmt.Errorf("find Synapse: %w", err)
	}
	s := &synapse{config: config, python: python, secret: rand.Text()}
	if _, err := os.Stat(s.python); err != nil {
		return nil, fmt.Errorf("Synapse is missing: no %s; run `scripts/setup-synapse.sh`", s.python)
	}
	for name, content := range map[string]any{
		"homeserver.yaml": s.settings(),
		"log.yaml":        synapseLogging(),
	} {
		text, err := yaml.Marshal(content)
		if err != nil {
			return nil, fmt.Errorf("write Synapse's %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(config.Dir, name), text, 0o600); err != nil {
			return nil, fmt.Errorf("write Synapse's %s: %w", name, err)
		}
	}
	if err := writeSigningKey(filepath.Join(config.Dir, "signing.key")); err != nil {
		return nil, fmt.Errorf("write Synapse's signing key: %w", err)
	}
	return s, writeEmptyDatabase(filepath.Join(venv, "empty.db"), filepath.Join(config.Dir, "homeserver.db"))
}

// writeEmptyDatabase copies the database that `scripts/setup-synapse.sh` has made.
func writeEmptyDatabase(from, to string) error {
	empty, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("the empty database of Synapse is missing: %w; run `scripts/setup-synapse.sh`", err)
	}
	if err := os.WriteFile(to, empty, 0o600); err != nil {
		return fmt.Errorf("write Synapse's database: %w", err)
	}
	return nil
}

// settings is homeserver.yaml (Synapse's "Configuration Manual").
func (s *synapse) settings() map[string]any {
	in := func(name string) string { return filepath.Join(s.config.Dir, name) }
	settings := map[string]any{
		"server_name":                s.config.ServerName,
		"public_baseurl":             s.config.url() + "/",
		"report_stats":               false,
		"pid_file":                   in("synapse.pid"),
		"log_config":                 in("log.yaml"),
		"media_store_path":           in("media"),
		"signing_key_path":           in("signing.key"),
		"registration_shared_secret": s.secret,
		"macaroon_secret_key":        rand.Text(),
		"form_secret":                rand.Text(),
		"app_service_config_files":   s.config.Registrations,
		"database":                   map[string]any{"name": "sqlite3", "args": map[string]any{"database": in("homeserver.db")}},
		"listeners": []any{map[string]any{
			"port": s.config.Port, "bind_addresses": []string{"127.0.0.1"}, "type": "http",
			"resources": []any{map[string]any{"names": []string{"client"}}},
		}},
		// No federation in either direction.
		"federation_domain_whitelist": []string{},
		"trusted_key_servers":         []string{},
		// As before Synapse 1.126: users with enough power in a room may publish it in the directory.
		"room_list_publication_rules": []any{map[string]any{"action": "allow"}},
		// These cost time, and no test uses them.
		"bcrypt_rounds": 4,
		"presence":      map[string]any{"enabled": false},
		// A client may have everything since its last sync at once.
		"filter_timeline_limit": -1,
	}
	if s.config.RoomVersion != "" {
		settings["default_room_version"] = s.config.RoomVersion
	}
	if s.config.MaxUpload != 0 {
		settings["max_upload_size"] = s.config.MaxUpload
	}
	for key, limit := range unlimited() {
		settings[key] = limit
	}
	return settings
}

// unlimited sets every rate limit out of reach.
func unlimited() map[string]any {
	limit := map[string]any{"per_second": 100000, "burst_count": 100000}
	return map[string]any{
		"rc_message": limit, "rc_registration": limit, "rc_registration_token_validity": limit,
		"rc_login":           map[string]any{"address": limit, "account": limit, "failed_attempts": limit},
		"rc_joins":           map[string]any{"local": limit, "remote": limit},
		"rc_joins_per_room":  limit,
		"rc_invites":         map[string]any{"per_room": limit, "per_user": limit, "per_issuer": limit},
		"rc_admin_redaction": limit, "rc_3pid_validation": limit, "rc_third_party_invite": limit,
		"rc_media_create": limit, "rc_room_creation": limit, "rc_user_directory": limit,
		"rc_delayed_event_mgmt": limit, "rc_reports": limit,
		"rc_presence": map[string]any{"per_user": limit},
	}
}

// synapseLogging is Python's logging configuration: everything to the console.
func synapseLogging() map[string]any {
	return map[string]any{
		"version":    1,
		"formatters": map[string]any{"line": map[string]any{"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"}},
		"handlers":   map[string]any{"console": map[string]any{"class": "logging.StreamHandler", "formatter": "line"}},
		"root":       map[string]any{"level": "INFO", "handlers": []string{"console"}},
		// Keep loggers that were made before this was read.
		"disable_existing_loggers": false,
	}
}

// writeSigningKey writes a key in the form of signedjson: algorithm, version,
// the seed in base64 without padding.
func writeSigningKey(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	line := "ed25519 a_test " + base64.RawStdEncoding.EncodeToString(key.Seed()) + "\n"
	return os.WriteFile(path, []byte(line), 0o600)
}

func (s *synapse) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	s.process, err = process.Start(process.Command{
		Name: "Synapse", Path: s.python, Dir: s.config.Dir, Log: s.config.Log,
		Args: []string{"-m", "synapse.app.homeserver", "-c", filepath.Join(s.config.Dir, "homeserver.yaml")},
	})
	if err != nil {
		return err
	}
	if err := answers(ctx, s.URL(), s.process); err != nil {
		return err
	}
	return knows(ctx, s.URL(), s.config.Registrations, s.process)
}

func (s *synapse) Register(ctx context.Context, account Account) error {
	client, err := mautrix.NewClient(s.URL(), "", "")
	if err != nil {
		return err
	}
	admin := synapseadmin.Client{Client: client}
	_, err = admin.SharedSecretRegister(ctx, s.secret, synapseadmin.ReqSharedSecretRegister{
		Username: account.Localpart, Password: account.Password, InhibitLogin: true, Admin: account.Admin,
	})
	if err != nil {
		return fmt.Errorf("register %s: %w", account.Localpart, err)
	}
	return nil
}

func (s *synapse) Process() *process.Process { return s.process }
func (s *synapse) URL() string               { return s.config.url() }
func (s *synapse) ServerName() string        { return s.config.ServerName }
