package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestThread has a thread begun on either side and answered from the other.
func TestThread(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice := bed.Slack.Person("alice")

	ts := alice.MustPost("general", "lunch?")
	root := bed.Owner.AwaitText(general, "lunch?").ID
	alice.MustThread("general", ts, "at noon")
	require.Equal(t, root, bed.Owner.AwaitText(general, "at noon").Thread)
	bed.Owner.MustThread(general, root, "fine")
	require.Equal(t, ts, bed.Slack.AwaitReply("general", ts, "fine").ThreadTS)

	question := bed.Owner.MustSend(general, "dinner?")
	post := bed.Slack.AwaitPost("general", "dinner?")
	bed.Owner.MustThread(general, question, "at eight")
	bed.Slack.AwaitReply("general", post.TS, "at eight")
	alice.MustThread("general", post.TS, "too late")
	require.Equal(t, question, bed.Owner.AwaitText(general, "too late").Thread)
}
