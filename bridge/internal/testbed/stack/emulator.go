package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/process"
)

// emulatorTimeout is how long the emulator may take until it listens.
const emulatorTimeout = 30 * time.Second

// Emulator is the emulated Slack workspace as a process.
type Emulator struct {
	// URL is the address of its page, without a slash at the end.
	URL string
	// Apps are the workspace's apps in the order of the seed.
	Apps []App
	// Further are the apps of the seed's further workspaces, by team.
	Further map[string][]App

	process *process.Process
}

// App is an app of the workspace with its credentials.
type App struct {
	ID       string `json:"id"`
	BotUser  string `json:"bot_user"`
	BotToken string `json:"bot_token"`
	AppToken string `json:"app_token"`
}

// startEmulator runs the emulator. Its port is a reserved one, so that it can be
// started again by hand and the same bridge finds it.
func startEmulator(ctx context.Context, config Config, port int, dir, log string) (*Emulator, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the emulator's folder: %w", err)
	}
	ready, tokens := filepath.Join(dir, "ready"), filepath.Join(dir, "tokens.json")
	args := []string{
		"-listen", "127.0.0.1:" + strconv.Itoa(port), "-ready-file", ready, "-tokens-file", tokens,
		"-time-scale", strconv.FormatFloat(config.TimeScale, 'g', -1, 64),
		// The bridge keeps to Slack's limits on its own shortened clock; the
		// emulator counts real time, so its budgets grow by as much.
		"-rate-scale", strconv.FormatFloat(1/config.TimeScale, 'g', -1, 64),
	}
	if config.Seed != nil {
		seed := filepath.Join(dir, "seed.yaml")
		if err := os.WriteFile(seed, config.Seed, 0o600); err != nil {
			return nil, fmt.Errorf("write the emulator's seed: %w", err)
		}
		args = append(args, "-seed", seed)
	}
	p, err := process.Start(process.Command{Name: "slack-emulator", Path: config.Binaries.Emulator, Args: args, Dir: dir, Log: log})
	if err != nil {
		return nil, err
	}
	e := &Emulator{process: p}
	ctx, cancel := context.WithTimeout(ctx, emulatorTimeout)
	defer cancel()
	return e, e.ready(ctx, ready, tokens)
}

// ready waits for the emulator's files and reads them.
func (e *Emulator) ready(ctx context.Context, ready, tokens string) error {
	err := await.Until(ctx, "the Slack emulator", func(context.Context) (bool, error) {
		if e.process.ExitCode() >= 0 {
			return false, e.process.Died()
		}
		url, err := os.ReadFile(ready)
		e.URL = strings.TrimSpace(string(url))
		return err == nil && e.URL != "", nil
	})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(tokens)
	if err != nil {
		return fmt.Errorf("read the emulator's tokens: %w", err)
	}
	var file struct {
		Apps       []App `json:"apps"`
		Workspaces []struct {
			TeamID string `json:"team_id"`
			Apps   []App  `json:"apps"`
		} `json:"workspaces"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read the emulator's tokens: %w", err)
	}
	if len(file.Apps) == 0 {
		return fmt.Errorf("read the emulator's tokens: the seed has no app")
	}
	e.Apps, e.Further = file.Apps, map[string][]App{}
	for _, further := range file.Workspaces {
		e.Further[further.TeamID] = further.Apps
	}
	return nil
}
