package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNest(t *testing.T) {
	require.Equal(t, map[string]any{
		"appservice": map[string]any{"port": 1, "bot": map[string]any{"username": "slackbot"}},
		"bridge":     map[string]any{"permissions": map[string]any{"bed.test": "user"}},
	}, nest(map[string]any{
		"appservice.port":         1,
		"appservice.bot.username": "slackbot",
		"bridge.permissions":      map[string]any{"bed.test": "user"},
	}))
}
