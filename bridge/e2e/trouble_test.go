package e2e_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestTroubleToldOnce breaks what is around the bridge: its log says it in one line, the login's
// owner is told once, with the cure, and messages cross again without a restart when it is mended,
// which is said as well. What Slack takes away is in TestSocketStopped, a parked row in TestInbox.
func TestTroubleToldOnce(t *testing.T) {
	t.Run("the homeserver forgets the registration", func(t *testing.T) {
		bed, general, chat := inChat(t, testbed.Options{TimeScale: 0.02})
		remember := forget(t, bed)
		bed.MustRestartHomeserver()
		bed.Slack.Person("alice").MustPost("general", "before it is back")
		const line, cure = "The homeserver does not accept the bridge's as_token", "restart slack-bridge-registration and then the homeserver"
		require.Contains(t, bed.Bridge.AwaitLog(line), cure)
		remember()
		bed.MustRestartHomeserver()
		// It could not be told before it was nearly over: the two are one notice if it was.
		bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", line))
		bed.Owner.AwaitText(general, "before it is back")
		cross(bed, general)
		require.LessOrEqual(t, len(noticesOf(bed, chat, "Restart slack-bridge-registration")), 1)
		require.Len(t, noticesOf(bed, chat, "It is over"), 1)
		require.Len(t, bed.Bridge.Said(cure), 1)
		require.Empty(t, noticesOf(bed, chat, "does not deliver"), "it is told apart")
		require.Empty(t, bed.Bridge.Said("has not delivered the bridge's probe"))
	})
	t.Run("the homeserver does not deliver", func(t *testing.T) {
		bed, general, chat := inChat(t, testbed.Options{Proxied: true, TimeScale: 0.02})
		undelivered := bed.ToBridge.Fail(testbed.Delivers, http.StatusServiceUnavailable)
		bed.Owner.MustSend(general, "before it delivers")
		const line, cure = "The homeserver does not deliver", "see in the homeserver's log why it sends no transactions"
		bed.Owner.AwaitMessage(chat, "the notice, with the cure", says(line, "See in the homeserver's log why it sends no transactions"))
		require.Len(t, bed.Bridge.Said("has not delivered the bridge's probe"), 1)
		bed.Bridge.MustRestart()
		require.Contains(t, bed.Bridge.AwaitLog(line), cure)
		undelivered.Release()
		bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", line))
		bed.Slack.AwaitPost("general", "before it delivers")
		cross(bed, general)
		require.Len(t, noticesOf(bed, chat, line), 2)
	})
	t.Run("the homeserver is in the way of the notice", func(t *testing.T) {
		bed, general, chat := inChat(t, testbed.Options{Proxied: true, TimeScale: 0.02})
		away := bed.ToHomeserver.Fail(always, http.StatusServiceUnavailable)
		bed.Slack.MustDisconnect("link_disabled")
		const cure = "switch it on under Socket Mode"
		bed.Bridge.AwaitLog(cure)
		require.Empty(t, noticesOf(bed, chat, cure))
		away.Release()
		bed.Owner.AwaitMessage(chat, "the notice, with the cure", says("Nothing crosses", cure))
		bed.Slack.MustEnableSocketMode()
		bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", "Nothing crosses"))
		cross(bed, general)
		require.Len(t, noticesOf(bed, chat, "Nothing crosses"), 2)
		require.Len(t, bed.Bridge.Said(cure), 1)
	})
	t.Run("the login is logged out meanwhile", func(t *testing.T) {
		bed, _, chat := inChat(t, testbed.Options{TimeScale: 0.02})
		bed.Slack.MustDisconnect("link_disabled")
		const line = "Nothing crosses"
		bed.Owner.AwaitMessage(chat, "the notice, with the cure", says(line, "switch it on under Socket Mode"))
		require.Equal(t, []string{"kv_store.value"}, holding(t, bed, line))
		status, _ := bed.Bridge.MustProvision(bed.Owner, http.MethodPost, "logout/all", nil)
		require.Equal(t, http.StatusOK, status)
		awaitErased(t, bed, line)
		require.Len(t, noticesOf(bed, chat, line), 1)
	})
	if os.Getuid() != 0 {
		t.Log("only root can make a disk that is full")
		return
	}
	t.Run("the disk is full", func(t *testing.T) {
		disk := smallDisk(t)
		bed, general, chat := inChat(t, testbed.Options{TimeScale: 0.02, Settings: map[string]any{
			"database": map[string]any{"type": "sqlite3-fk-wal", "uri": "file:" + filepath.Join(disk, "bridge.db") + "?_txlock=immediate"},
		}})
		free := fill(t, disk)
		const line = "The disk is full: 0 MiB are free at "
		require.Contains(t, bed.Bridge.AwaitLog(line), "make room")
		bed.Owner.AwaitMessage(chat, "the notice, with the cure", says(line, "Make room"))
		bed.Slack.Person("alice").MustPost("general", "before there is room")
		free()
		bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", line))
		bed.Owner.AwaitText(general, "before there is room")
		cross(bed, general)
		require.Len(t, noticesOf(bed, chat, line), 2)
		require.Len(t, bed.Bridge.Said(line+disk+"; make room"), 1)
	})
}

// inChat is inGeneral with the owner's chat with the bot, and the bridge connected.
func inChat(t *testing.T, options testbed.Options) (bed *testbed.Bed, general, chat id.RoomID) {
	bed, general = inGeneral(t, options)
	bed.Slack.AwaitSocket()
	chat = bed.Owner.AwaitChat()
	cross(bed, general)
	return bed, general, chat
}

// cross sends a message each way.
func cross(bed *testbed.Bed, general id.RoomID) {
	text := rand.Text()
	bed.Slack.Person("alice").MustPost("general", "heard "+text+"?")
	bed.Owner.AwaitText(general, "heard "+text+"?")
	bed.Owner.MustSend(general, "heard "+text)
	bed.Slack.AwaitPost("general", "heard "+text)
}

// noticesOf are the messages of the bot with a text.
func noticesOf(bed *testbed.Bed, chat id.RoomID, text string) (found []testbed.Message) {
	for _, m := range bed.Owner.Messages(chat) {
		if m.Sender == testbed.BotID && strings.Contains(m.Body, text) {
			found = append(found, m)
		}
	}
	return found
}

// forget puts the registration of another application service in the place of the bridge's,
// for the homeserver's next start.
func forget(t *testing.T, bed *testbed.Bed) (remember func()) {
	t.Helper()
	path := filepath.Join(bed.Dir, "bridge", "registration.yaml")
	own, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(`id: another
url: null
as_token: another-as-token-0123456789
hs_token: another-hs-token-0123456789
sender_localpart: anotherbot
namespaces: {}
`), 0o600))
	return func() { require.NoError(t, os.WriteFile(path, own, 0o600)) }
}

// smallDisk is a file system of its own, larger than what counts as full.
func smallDisk(t *testing.T) (folder string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "small-disk-")
	require.NoError(t, err)
	require.NoError(t, syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=160m,mode=0700"))
	t.Cleanup(func() {
		require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH))
		require.NoError(t, os.Remove(folder))
	})
	return folder
}

// fill uses up a disk to its last byte.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	filler := filepath.Join(disk, "filler")
	file, err := os.OpenFile(filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	defer file.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		require.True(t, errors.Is(err, syscall.ENOSPC), "%v", err)
	}
	return func() { require.NoError(t, os.Remove(filler)) }
}
