package slackapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

// TestEmulatorDescribe says what channels are called and about, and what is pinned in them.
func TestEmulatorDescribe(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	own, err := w.api.CreateChannel(ctx, "own", false)
	require.NoError(t, err)
	renamed, err := w.api.Rename(ctx, own.ID, "mine")
	require.NoError(t, err)
	require.Equal(t, "mine", renamed.Name)
	require.NoError(t, w.api.SetTopic(ctx, own.ID, "topic"))
	require.NoError(t, w.api.SetPurpose(ctx, own.ID, "purpose"))
	found, err := w.api.Conversation(ctx, own.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"topic", "purpose"}, []string{found.Topic.Value, found.Purpose.Value})

	_, err = w.api.Rename(ctx, random, "other")
	require.ErrorContains(t, err, "Slack lets an app rename only channels that it created")
	require.ErrorContains(t, w.api.SetTopic(ctx, own.ID, strings.Repeat("t", 251)), "250 characters at most")

	post, err := w.api.Post(ctx, slackapi.PostRequest{Channel: own.ID, Text: "pinned", EventID: "$x"})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, w.api.Pin(ctx, own.ID, post.TS))
	}
	pinned, err := w.api.Pins(ctx, own.ID)
	require.NoError(t, err)
	require.Equal(t, []string{post.TS}, pinned)
	for range 2 {
		require.NoError(t, w.api.Unpin(ctx, own.ID, post.TS))
	}
	pinned, err = w.api.Pins(ctx, own.ID)
	require.NoError(t, err)
	require.Empty(t, pinned)

	marks, err := w.api.Bookmarks(ctx, own.ID)
	require.NoError(t, err)
	require.Empty(t, marks)
}
