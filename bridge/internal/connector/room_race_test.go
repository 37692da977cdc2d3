package connector

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestReadWithoutThePortalsLock asks what is asked of a portal before its lock is taken,
// while its channel is renamed, archived and given topics. The race detector judges.
func TestReadWithoutThePortalsLock(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	joined := w.member("$joined", "@ben:test")
	stop, ended := make(chan struct{}), sync.WaitGroup{}
	defer ended.Wait()
	defer close(stop)
	ended.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				w.client.mayJoinChannel(portal, joined)
				w.slack.relayOf(portal)
				w.slack.closureOf(portal)
				w.slack.isReadOnly(portal)
			}
		}
	})
	for i := range 3 {
		w.slack.setOutside(portal, true)
		ts := func(n int) string { return fmt.Sprintf("17000%02d%02d1.000001", i, n) }
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: "channel_topic", User: "U1", Topic: ts(0), TS: ts(0)}))
		require.NoError(t, w.hearEvent(fmt.Sprint("R", i), "channel_rename", &slackevent.ChannelRename{
			Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: fmt.Sprint("general-", i)}, EventTS: ts(1),
		}))
		w.archive("channel_archive", ts(2))
		w.archive("channel_unarchive", ts(3))
	}
}

// TestBothSidesNameAChannelAtOnce has its name and topic changed in Slack and in Matrix. The
// race detector judges.
func TestBothSidesNameAChannelAtOnce(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	ended := sync.WaitGroup{}
	defer ended.Wait()
	ended.Go(func() {
		for i := range 5 {
			assert.NoError(t, w.receive(w.named(id.EventID(fmt.Sprint("$n", i)), fmt.Sprint("#matrix-", i))))
			assert.NoError(t, w.receive(w.topical(id.EventID(fmt.Sprint("$t", i)), fmt.Sprint("topic ", i))))
		}
	})
	for i := range 5 {
		ts := fmt.Sprintf("170000000%d.000001", i)
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: "channel_topic", User: "U1", Topic: ts, TS: ts}))
		require.NoError(t, w.renamed(fmt.Sprint("R", i), fmt.Sprint("general-", i), ts))
	}
}

// TestAMovedChannelIsRenamedAtOnce has Slack tell again and again that a channel had another id,
// while people in Matrix give it names. The race detector judges.
func TestAMovedChannelIsRenamedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	ended := sync.WaitGroup{}
	defer ended.Wait()
	ended.Go(func() {
		for i := range 20 {
			assert.NoError(t, w.receive(w.named(id.EventID(fmt.Sprint("$n", i)), fmt.Sprint("#matrix-", i))))
		}
	})
	for i := range 20 {
		require.NoError(t, w.hearEvent(fmt.Sprint("EvMoved", i), eventIDChanged, &slackevent.ChannelIDChanged{
			Type: eventIDChanged, OldID: "C0", NewID: general, EventTS: "1700000700.000001",
		}))
	}
}

// TestAChannelIsArchivedAndConvertedAtOnce, as two logins may hear it. The race detector judges.
func TestAChannelIsArchivedAndConvertedAtOnce(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	stop, ended := make(chan struct{}), sync.WaitGroup{}
	ended.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = w.client.archived(t.Context(), &inbox.Attempt{}, portal.PortalKey, time.Now(), "")
			}
		}
	})
	for i := range 10 {
		kind := slackevent.SubtypeChannelConvertToPrivate
		if i%2 == 1 {
			kind = slackevent.SubtypeChannelConvertToPublic
		}
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: kind, User: "U1", Text: "x", TS: fmt.Sprintf("17000006%02d.000001", i)}))
	}
	close(stop)
	ended.Wait()
}
