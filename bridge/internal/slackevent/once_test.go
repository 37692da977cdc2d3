package slackevent_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestTheTableIsMadeOnce: every event is looked up in it.
func TestTheTableIsMadeOnce(t *testing.T) {
	unknown := slackevent.Callback{InnerType: "an event of the future"}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = slackevent.Decode(unknown) }), 2.0)
}
