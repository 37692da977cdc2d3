package logging_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/logging"
)

// TestLevels: a hop has its own level, and what it writes by zerolog too; everything else has
// that of the log.
func TestLevels(t *testing.T) {
	var out bytes.Buffer
	log, err := logging.New(logging.Config{Level: "warn", Format: "json", Levels: map[string]string{
		"slackws": "debug", "inbox": "error", "slackapi": "",
	}}, &out)
	require.NoError(t, err)
	for _, name := range []string{"slackws", "inbox", "slackapi", "framework"} {
		log.Named(name).Debug("debug of " + name)
		log.Named(name).Warn("warn of " + name)
		framework := logging.Zerolog(log.Named(name))
		framework.Debug().Msg("zerolog's debug of " + name)
		framework.Warn().Msg("zerolog's warn of " + name)
	}
	log.Named("slackws").Named("part").With().Debug("debug of a part")
	log.Debug("debug of none")
	var said []string
	for _, entry := range entries(t, &out) {
		said = append(said, entry["msg"].(string))
	}
	require.Equal(t, []string{
		"debug of slackws", "warn of slackws", "zerolog's debug of slackws", "zerolog's warn of slackws",
		"warn of slackapi", "zerolog's warn of slackapi", "warn of framework", "zerolog's warn of framework",
		"debug of a part",
	}, said)
	_, err = logging.New(logging.Config{Level: "warn", Format: "json", Levels: map[string]string{"slack": "debug"}}, &out)
	require.ErrorContains(t, err, `no log of the name "slack"`)
	_, err = logging.New(logging.Config{Level: "warn", Format: "json", Levels: map[string]string{"inbox": "loud"}}, &out)
	require.ErrorContains(t, err, `inbox: no log level "loud"`)
}

// TestEveryHopLogs: a logger is named after each of the hops.
func TestEveryHopLogs(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	require.NoError(t, err)
	var program strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			program.Write(text)
		}
	}
	for _, hop := range logging.Hops() {
		require.Contains(t, program.String(), `.Named("`+hop+`")`)
	}
}
