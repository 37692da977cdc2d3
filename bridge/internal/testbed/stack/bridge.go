package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/process"
)

// bridgeTimeout is how long the bridge may take until it listens.
const bridgeTimeout = 60 * time.Second

// Bridge is the bridge's program with its configuration, started and ended at
// will.
type Bridge struct {
	// Config and Registration are its two files, LogFile is where it writes.
	Config, Registration, LogFile string

	bin, dir string
	port     int
	env      []string
	// settings are what differs from the example, by dotted key.
	settings map[string]any
	process  *process.Process
}

// BridgeConfig says which bridge it is.
type BridgeConfig struct {
	// Bin is the program, Dir the folder for its files, Log the file for its log.
	Bin, Dir, Log string
	// Port is where it listens, as Settings say.
	Port int
	// Settings are what differs from the example, by dotted key.
	Settings map[string]any
	// Env are more variables of its environment.
	Env []string
}

// NewBridge renders the configuration and the registration of a bridge.
func NewBridge(ctx context.Context, config BridgeConfig) (*Bridge, error) {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the bridge's folder: %w", err)
	}
	b := &Bridge{
		Config: filepath.Join(config.Dir, "config.yaml"), Registration: filepath.Join(config.Dir, "registration.yaml"),
		LogFile: config.Log, bin: config.Bin, dir: config.Dir, port: config.Port, env: config.Env, settings: maps.Clone(config.Settings),
	}
	return b, b.render(ctx)
}

// render writes both files with the bridge's own commands. What an earlier
// rendering generated stays.
func (b *Bridge) render(ctx context.Context) error {
	overrides, err := yaml.Marshal(nest(b.settings))
	if err != nil {
		return fmt.Errorf("write the bridge's settings: %w", err)
	}
	file := filepath.Join(b.dir, "overrides.yaml")
	if err := os.WriteFile(file, overrides, 0o600); err != nil {
		return fmt.Errorf("write the bridge's settings: %w", err)
	}
	if err := b.command(ctx, "config", "render", "-c", b.Config, "--override", file); err != nil {
		return err
	}
	return b.command(ctx, "registration", "-c", b.Config, "-r", b.Registration)
}

// command runs one of the bridge's commands to its end.
func (b *Bridge) command(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, b.bin, args...)
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("slack-bridge %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// Set changes settings, by dotted key. A running bridge has them after its next
// start.
func (b *Bridge) Set(ctx context.Context, settings map[string]any) error {
	maps.Copy(b.settings, settings)
	return b.render(ctx)
}

// Try is Set with a way back to the settings, the configuration and the
// registration as they were.
func (b *Bridge) Try(ctx context.Context, settings map[string]any) (undo func() error, err error) {
	before, files := maps.Clone(b.settings), map[string][]byte{}
	for _, file := range []string{b.Config, b.Registration} {
		if files[file], err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("keep the bridge's settings: %w", err)
		}
	}
	undo = func() error {
		b.settings = before
		for file, text := range files {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				return fmt.Errorf("restore the bridge's settings: %w", err)
			}
		}
		return nil
	}
	return undo, b.Set(ctx, settings)
}

// SetEnv sets what the next start has in its environment in addition to the parent's,
// as KEY=value.
func (b *Bridge) SetEnv(env ...string) { b.env = env }

// Launch starts the process and does not wait for anything.
func (b *Bridge) Launch() error {
	var err error
	b.process, err = process.Start(process.Command{
		Name: "slack-bridge", Path: b.bin, Args: []string{"run", "-c", b.Config}, Dir: b.dir, Log: b.LogFile, Env: b.env,
	})
	return err
}

// URL is where the bridge listens.
func (b *Bridge) URL() string { return loopback(b.port) }

// Process is the process that was started last, or nil.
func (b *Bridge) Process() *process.Process { return b.process }

// Start launches the bridge and waits until it listens.
func (b *Bridge) Start(ctx context.Context) error {
	if err := b.Launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bridgeTimeout)
	defer cancel()
	return await.Until(ctx, "the bridge's listener", func(ctx context.Context) (bool, error) {
		if b.process.ExitCode() >= 0 {
			return false, b.process.Died()
		}
		return b.Healthy(ctx), nil
	})
}

// Healthy says whether the bridge's listener answers that it is well.
func (b *Bridge) Healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, loopback(b.port)+"/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// nest turns dotted keys into the tree of maps that YAML has.
func nest(settings map[string]any) map[string]any {
	tree := map[string]any{}
	for key, value := range settings {
		at := tree
		path := strings.Split(key, ".")
		for _, name := range path[:len(path)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		at[path[len(path)-1]] = value
	}
	return tree
}

// Command is the bridge's program with a command line of its own and this configuration.
func (b *Bridge) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.bin, append(args, "-c", b.Config)...)
	cmd.Dir = b.dir
	return cmd
}

// Ask runs a command of the bridge's on its configuration and returns what it
// prints on its standard output and the code with which it ends.
func (b *Bridge) Ask(ctx context.Context, args ...string) (out []byte, code int, err error) {
	out, err = b.Command(ctx, args...).Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return out, ended.ExitCode(), nil
	}
	return out, 0, err
}
