package emulator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

func TestALimitedPlan(t *testing.T) {
	e := start(t)
	var ts []string
	for _, text := range []string{"1", "2", "3", "4"} {
		at, err := e.ctl.Say(e.ctx(), ann, random, text)
		require.NoError(t, err)
		ts = append(ts, at)
	}
	reply, err := e.ctl.Reply(e.ctx(), bob, random, ts[0], "a reply to the first")
	require.NoError(t, err)
	t.Run("an ordinary plan says nothing of limits", func(t *testing.T) {
		require.NotContains(t, e.must("conversations.history", "channel", random).body, "is_limited")
	})
	require.NoError(t, e.ctl.SetPlan(e.ctx(), workspace.Plan{HiddenBefore: ts[2]}))
	t.Run("messages before the limit are kept back, which the last page says", func(t *testing.T) {
		a := e.must("conversations.history", "channel", random)
		require.Equal(t, []string{"4", "3"}, texts(objects(a.at("messages"))))
		require.Equal(t, false, a.at("has_more"))
		require.Equal(t, true, a.at("is_limited"))
		a = e.must("conversations.history", "channel", random, "limit", "1")
		require.Equal(t, true, a.at("has_more"))
		require.Equal(t, false, a.at("is_limited"), "more is available")
	})
	t.Run("a span that begins after the limit is not limited", func(t *testing.T) {
		require.Equal(t, false, e.must("conversations.history", "channel", random, "oldest", ts[2]).at("is_limited"))
	})
	t.Run("what is kept back is not found by its ts either", func(t *testing.T) {
		require.Equal(t, "thread_not_found", e.form("conversations.replies", "channel", random, "ts", ts[0]).code())
		require.Equal(t, "message_not_found", e.form("reactions.get", "channel", random, "timestamp", ts[0]).code())
	})
	t.Run("it comes back when the plan is paid for", func(t *testing.T) {
		require.NoError(t, e.ctl.SetPlan(e.ctx(), workspace.Plan{}))
		a := e.must("conversations.history", "channel", random)
		require.Equal(t, []string{"4", "3", "2", "1"}, texts(objects(a.at("messages"))))
		require.NotContains(t, a.body, "is_limited")
		list := objects(e.must("conversations.replies", "channel", random, "ts", ts[0]).at("messages"))
		require.Equal(t, reply, list[0]["latest_reply"])
	})
}
