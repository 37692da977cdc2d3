package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestThread starts a thread on each side and answers it from the other.
func TestThread(t *testing.T) {
	t.Run("18 a thread is begun and answered on either side", func(t *testing.T) {
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
	})
}

// TestThreadOnWhatIsNotInSlack answers, in Slack, a message of a Matrix thread whose
// first event is not bridged.
func TestThreadOnWhatIsNotInSlack(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, general := inGeneral(t, options)
		alice := bed.Slack.Person("alice")
		note, err := bed.Owner.Client.SendMessageEvent(t.Context(), general, event.Type{Type: "org.example.note", Class: event.MessageEventType}, map[string]any{})
		require.NoError(t, err)
		bed.Owner.MustThread(general, note.EventID, "look")
		post := bed.Slack.AwaitPost("general", "look")
		alice.MustThread("general", post.TS, "nice")
		require.Equal(t, note.EventID, bed.Owner.AwaitText(general, "nice").Thread)
		bed.Owner.MustThread(general, note.EventID, "thank you")
		bed.Slack.AwaitReply("general", post.TS, "thank you")
		alice.MustThread("general", post.TS, "welcome")
		require.Equal(t, note.EventID, bed.Owner.AwaitText(general, "welcome").Thread)
	})
}

// TestThreadWhoseRootIsGone deletes a thread's first message in Slack, and sends an answer
// that the bridge receives after that.
func TestThreadWhoseRootIsGone(t *testing.T) {
	t.Run("18 a thread goes on when its first message is deleted", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, general := inGeneral(t, options)
			alice := bed.Slack.Person("alice")
			ts := alice.MustPost("general", "lunch?")
			root := bed.Owner.AwaitText(general, "lunch?").ID
			alice.MustThread("general", ts, "at noon")
			bed.Owner.AwaitText(general, "at noon")
			bed.Bridge.MustStop()
			alice.MustThread("general", ts, "or at one")
			alice.MustDelete("general", ts)
			bed.Bridge.MustStart()
			bed.Owner.AwaitRedacted(general, root)
			require.Equal(t, root, bed.Owner.AwaitText(general, "or at one").Thread)
			bed.Owner.MustThread(general, root, "fine")
			bed.Slack.AwaitReply("general", ts, "fine") // the thread goes on
		})
	})
}

// TestThreadAndChannel sends answers to the channel too: while the bridge runs, and while
// it does not.
func TestThreadAndChannel(t *testing.T) {
	t.Run("19 an answer that is also sent to the channel", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, general := inGeneral(t, options)
			alice := bed.Slack.Person("alice")
			ts := alice.MustPost("general", "lunch?")
			root := bed.Owner.AwaitText(general, "lunch?").ID
			inBoth := func(text string) (ids []id.EventID) {
				t.Helper()
				bed.Await(text+" in both places", func() bool {
					ids = nil
					for _, message := range bed.Owner.Messages(general) {
						if message.Body == text && message.Edits == "" && !message.Redacted {
							ids = append(ids, message.ID)
						}
					}
					return len(ids) >= 2
				})
				bed.Owner.AwaitMessage(general, "the answer in the thread", func(m testbed.Message) bool { return m.Body == text && m.Thread == root })
				bed.Owner.AwaitMessage(general, "the answer in the timeline", func(m testbed.Message) bool {
					return m.Body == text && m.Thread == "" && m.ReplyTo == root
				})
				require.Len(t, ids, 2)
				return ids
			}
			at := alice.MustBroadcast("general", ts, "at noon")
			shown := inBoth("at noon")
			bed.Bridge.MustStop()
			late := alice.MustBroadcast("general", ts, "or at one")
			bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			bed.Bridge.MustStart()
			missed := inBoth("or at one")
			bed.Slack.AwaitSocket()
			alice.MustEdit("general", late, "or at two")
			for _, id := range missed {
				bed.Owner.AwaitEdit(general, id, "or at two")
			}
			alice.MustDelete("general", at)
			for _, id := range shown {
				bed.Owner.AwaitRedacted(general, id)
			}
			alice.MustThread("general", ts, "fine")
			bed.Owner.AwaitText(general, "fine")
			inBoth("or at one")

			bed.Owner.MustThread(general, root, "!slack broadcast I come too")
			post := bed.Slack.AwaitReply("general", ts, "I come too")
			require.Equal(t, "thread_broadcast", post.Subtype)
		})
	})
}
