package connector

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestMessageBothWays(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.hear("Ev1", slackevent.Message{User: "U1", Text: "from slack", TS: "1700000001.000100"}))
	require.Equal(t, []string{"from slack"}, w.home.bodies())
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "from matrix")))
	require.Equal(t, []string{"from matrix"}, w.api.posted(t))
	require.Empty(t, w.home.said())
}
