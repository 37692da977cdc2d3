package emulator_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConverting: a channel that is made private keeps its id, and is there for its members alone
// until it is made public again.
func TestConverting(t *testing.T) {
	e := start(t)
	e.with(powers...)
	w := e.connect()
	require.NoError(t, e.ctl.ConvertChannel(e.ctx(), ann, random, true))
	private := w.take()
	require.Equal(t, "channel_convert_to_private", private.event("subtype"))
	require.Equal(t, "group", private.event("channel_type"))
	require.Equal(t, true, e.must("conversations.info", "channel", random).at("channel", "is_private"))
	require.NoError(t, e.ctl.Kick(e.ctx(), ann, random, "Matrix Bridge"))
	require.Equal(t, "group_left", w.take().event("type"))
	require.Equal(t, "channel_not_found", e.form("conversations.info", "channel", random).code())
	require.NoError(t, e.ctl.ConvertChannel(e.ctx(), ann, random, false))
	require.Equal(t, false, e.must("conversations.info", "channel", random).at("channel", "is_private"))
	require.Equal(t, false, e.must("conversations.info", "channel", random).at("channel", "is_member"))
	require.Error(t, e.ctl.ConvertChannel(e.ctx(), ann, general, true), "the workspace's general channel stays public")
}
