package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"slack-emulator": main}) }

func TestCommandLine(t *testing.T) { testscript.Run(t, testscript.Params{Dir: "testdata"}) }

// files are what a started emulator leaves for others.
type files struct {
	BaseURL  string `json:"base_url"`
	APIURL   string `json:"api_url"`
	Control  string `json:"control_url"`
	BotToken string `json:"bot_token"`
	AppToken string `json:"app_token"`
}

func readTokens(t *testing.T, path string) files {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var f files
	require.NoError(t, json.Unmarshal(raw, &f))
	return f
}

func TestRunServesUntilItIsTold(t *testing.T) {
	dir := t.TempDir()
	ready, tokens := filepath.Join(dir, "ready"), filepath.Join(dir, "tokens.json")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log bytes.Buffer
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"--ready-file", ready, "--tokens-file", tokens, "--time-scale", "0.1", "--rate-scale", "0", "--answer-delay", "1ms-2ms", "--log-level", "debug"}, &log)
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(ready); return err == nil }, 10*time.Second, time.Millisecond)
	url, err := os.ReadFile(ready)
	require.NoError(t, err)
	f := readTokens(t, tokens)
	require.Equal(t, f.BaseURL+"\n", string(url))
	info, err := os.Stat(tokens)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.APIURL+"auth.test", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+f.BotToken)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	var answer struct {
		OK bool `json:"ok"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.NoError(t, res.Body.Close())
	require.True(t, answer.OK)

	require.NoError(t, control.New(f.BaseURL).ReplaceTokens(ctx, control.TokenRequest{Kind: workspace.BotToken}))
	require.NotEqual(t, f.BotToken, readTokens(t, tokens).BotToken, "the file follows the tokens")
	stop()
	require.NoError(t, <-done)
	require.NotEmpty(t, log.String())
	secrettest.Check(t, "the log", log.String())
}
