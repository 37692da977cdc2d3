package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/testbed"
)

// isUpload matches requests that give a file to the homeserver.
func isUpload(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/upload") }

// TestIsolationFiles has the homeserver take no file for a while, more of them than are
// transferred at once: other rooms go on, and so does what Matrix says in the same room. A
// kill meanwhile leaves one of each, in order.
func TestIsolationFiles(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	alice := bed.Slack.Person("alice")
	beside := newBystander(bed)
	channels, rooms := []string{"general"}, []id.RoomID{general}
	for _, name := range []string{"files-a", "files-b", "files-c", "files-d", "files-e"} {
		alice.MustCreateChannel(name, testbed.Bot)
		alice.MustPost(name, "hello "+name)
		channels, rooms = append(channels, name), append(rooms, bed.Owner.AwaitRoom("#"+name))
	}

	slow := bed.ToHomeserver.Hold(isUpload)
	for _, channel := range channels {
		alice.MustShare(channel, "", control.FileContent{Name: channel + ".pdf", Content: []byte("%PDF-1.4")})
		alice.MustPost(channel, "after "+channel)
	}
	bed.AwaitHit(slow)

	t.Run("20 a slow file delays no other room", func(t *testing.T) { beside.check(t) })
	t.Run("20 a slow file does not delay the other direction", func(t *testing.T) {
		begin := time.Now()
		bed.Owner.MustSend(general, "said meanwhile")
		bed.Slack.AwaitPost("general", "said meanwhile")
		require.Less(t, time.Since(begin), atOnce)
	})
	t.Run("20 a file that a kill interrupts comes once, in its place", func(t *testing.T) {
		bed.Bridge.Kill()
		bed.Slack.AwaitNoSocket()
		slow.Release()
		bed.Bridge.MustStart()
		for i, channel := range channels {
			file := bed.Owner.AwaitMessage(rooms[i], channel, isFile(event.MsgFile, channel+".pdf"))
			bed.Owner.AwaitAnswer(rooms[i], file.ID, "what was said after it", says("after "+channel))
			count := 0
			for _, message := range bed.Owner.Messages(rooms[i]) {
				if message.Type == event.MsgFile {
					count++
				}
			}
			require.Equal(t, 1, count, channel)
		}
		require.Empty(t, bed.Bridge.Spooled())
	})
}
