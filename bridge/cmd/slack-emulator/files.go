package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
)

// tokensFile is the one place that tokens are written to.
type tokensFile struct{ path string }

// newTokensFile names the file; without a path it lies in a new folder of its
// own.
func newTokensFile(path string) (*tokensFile, error) {
	if path != "" {
		return &tokensFile{path}, nil
	}
	dir, err := os.MkdirTemp("", "slack-emulator-")
	if err != nil {
		return nil, exit.New(exit.CannotWrite, "make a folder for the tokens: %v", err)
	}
	return &tokensFile{filepath.Join(dir, "tokens.json")}, nil
}

// write puts URLs and tokens into the file. The bot and app token of the first app
// are at the top too.
func (t *tokensFile) write(e *emulator.Emulator) error {
	content := map[string]any{
		"base_url": e.URL(), "api_url": e.APIURL(), "control_url": e.URL() + control.Root, "team_id": e.Workspace.Team().ID,
	}
	apps := appsOf(e.Workspace)
	if len(apps) > 0 {
		content["bot_token"], content["app_token"] = apps[0]["bot_token"], apps[0]["app_token"]
	}
	content["apps"] = apps
	content["configuration_refresh_tokens"] = e.Workspace.RefreshTokens()
	further := []map[string]any{}
	for _, n := range e.Neighbours {
		further = append(further, map[string]any{
			"team_id": n.Workspace.Team().ID, "control_url": e.ControlURL(n), "apps": appsOf(n.Workspace),
		})
	}
	content["workspaces"] = further
	raw, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("write the tokens file: %w", err)
	}
	if _, err := atomicfile.Write(t.path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the tokens file: %w", err)
	}
	return nil
}

// appsOf are the apps of a workspace with their tokens.
func appsOf(ws *workspace.Workspace) []map[string]any {
	apps := []map[string]any{}
	for _, app := range ws.Apps() {
		bot, level := ws.Tokens(app.ID)
		apps = append(apps, map[string]any{
			"id": app.ID, "name": app.Name, "bot_user": app.BotUser, "bot_id": app.BotID, "bot_token": bot, "app_token": level,
		})
	}
	return apps
}

// rewrite writes the file again when tokens changed.
func (t *tokensFile) rewrite(log *zap.Logger) func(*emulator.Emulator) {
	return func(e *emulator.Emulator) {
		if err := t.write(e); err != nil {
			log.Error("Failed to write the changed tokens", zap.Error(err))
		}
	}
}

func writeReady(path, url string) error {
	if path == "" {
		return nil
	}
	if _, err := atomicfile.Write(path, []byte(url+"\n"), 0o644); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	return nil
}

// checkLoopback refuses addresses that others than this machine could reach.
func checkLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return exit.New(exit.Usage, "--listen %q is no address: %v", listen, err)
	}
	if addr, err := netip.ParseAddr(host); err != nil || !addr.IsLoopback() {
		return exit.New(exit.Usage, "--listen %q: the emulator listens on a loopback IP only, such as 127.0.0.1", listen)
	}
	return nil
}

func startError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EACCES) {
		return exit.New(exit.Unavailable, "%v", err)
	}
	return exit.New(exit.Data, "%v", err)
}

// newLog writes the log to stderr, with every token masked.
func newLog(w io.Writer, level string) (*zap.Logger, error) {
	log, err := logging.New(logging.Config{Level: level, Format: "auto"}, w)
	if err != nil {
		return nil, exit.New(exit.Usage, "--log-level %q: use trace, debug, info, warn or error", level)
	}
	return log, nil
}
