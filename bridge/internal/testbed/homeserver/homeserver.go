// Package homeserver runs a Matrix homeserver for tests and the demo: Synapse,
// which `make` installs, or continuwuity, if the machine has it. Both listen on one
// loopback port, do not federate, have no rate limits and know the appservice
// registrations they were given. It must not know what the bridge is.
package homeserver

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/process"
)

// Config is what every homeserver needs.
type Config struct {
	// Dir is an empty folder for its files.
	Dir string
	// Log is the file for its output.
	Log string
	// ServerName is the part after the colon of every id.
	ServerName string
	// Port is the port on 127.0.0.1 to listen on.
	Port int
	// Registrations are the paths of appservice registration files.
	Registrations []string
	// RoomVersion is the version of new rooms, the homeserver's default when empty.
	RoomVersion string
	// MaxUpload is the largest file that Synapse takes, in bytes; its own limit when 0.
	MaxUpload int64
}

// url is the address of the client-server API.
func (c Config) url() string { return fmt.Sprintf("http://127.0.0.1:%d", c.Port) }

// Account is a person to be registered.
type Account struct {
	Localpart string
	Password  string
	// Admin makes it a server administrator; continuwuity has only one.
	Admin bool
}

// Homeserver is one homeserver with its data. It may be stopped and started any
// number of times; the data stay.
type Homeserver interface {
	// Start runs the server and waits until it answers clients and knows its
	// appservices.
	Start(ctx context.Context) error
	// Register makes an account on the running server.
	Register(ctx context.Context, account Account) error
	// Process is the running server.
	Process() *process.Process
	// URL is the address of the client-server API.
	URL() string
	// ServerName is the part after the colon of every id.
	ServerName() string
}

// startTimeout is how long a homeserver may take until it answers.
const startTimeout = 90 * time.Second

// answers waits until the server answers requests of clients.
func answers(ctx context.Context, url string, p *process.Process) error {
	return await.Until(ctx, "the homeserver's answer at "+url, func(ctx context.Context) (bool, error) {
		if p.ExitCode() >= 0 {
			return false, p.Died()
		}
		status, err := get(ctx, url+"/_matrix/client/versions", "")
		return err == nil && status == http.StatusOK, nil
	})
}

// knows waits until the server accepts the as_token of each registration.
func knows(ctx context.Context, url string, registrations []string, p *process.Process) error {
	for _, path := range registrations {
		token, err := asToken(path)
		if err != nil {
			return err
		}
		err = await.Until(ctx, "the homeserver to accept "+filepath.Base(path), func(ctx context.Context) (bool, error) {
			if p.ExitCode() >= 0 {
				return false, p.Died()
			}
			status, err := get(ctx, url+"/_matrix/client/v3/account/whoami", token)
			return err == nil && status == http.StatusOK, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func get(ctx context.Context, url, token string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// asToken reads the token of a registration file.
func asToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read a registration: %w", err)
	}
	var registration struct {
		Token string `yaml:"as_token"`
	}
	if err := yaml.Unmarshal(text, &registration); err != nil {
		return "", fmt.Errorf("read the registration %s: %w", path, err)
	}
	if registration.Token == "" {
		return "", fmt.Errorf("read the registration %s: it has no as_token", path)
	}
	return registration.Token, nil
}
