package connector

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// slowCommands reports which messages begin; each goes on when it is released.
type slowCommands struct {
	begun chan string
	let   chan struct{}
}

func (s *slowCommands) Handle(_ context.Context, _ id.RoomID, _ id.EventID, _ *bridgev2.User, message string, _ id.EventID) {
	s.begun <- message
	<-s.let
}

func TestCommandsOfOnePersonTakeTurns(t *testing.T) {
	slow := &slowCommands{begun: make(chan string), let: make(chan struct{})}
	turns := newTurns(slow)
	ann := &bridgev2.User{User: &database.User{MXID: "@ann:bed.test"}}
	ben := &bridgev2.User{User: &database.User{MXID: "@ben:bed.test"}}
	say := func(user *bridgev2.User, message string) {
		go turns.Handle(t.Context(), "!chat", "$event", user, message, "")
	}

	say(ann, "login app")
	require.Equal(t, "login app", <-slow.begun)
	say(ann, "the answer")
	for turns.users.waiting(ann.MXID) < 2 {
		time.Sleep(time.Millisecond)
	}
	say(ben, "help")
	require.Equal(t, "help", <-slow.begun, "no one waits for another person, and the answer waits for the question")
	say(ann, "Cancel")
	require.Equal(t, "Cancel", <-slow.begun, "who cancels does not wait")

	for range 3 {
		slow.let <- struct{}{}
	}
	require.Equal(t, "the answer", <-slow.begun)
	slow.let <- struct{}{}
}

// waiting returns how many hold a key's lock or wait for it.
func (l *locks[K]) waiting(key K) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held := l.held[key]; held != nil {
		return held.users
	}
	return 0
}

// TestOldCommandsAreNotRunAgain reads commands from a room that came in no transaction:
// for one that is a day old the inbox does not know whether it was run.
func TestOldCommandsAreNotRunAgain(t *testing.T) {
	w := newWorld(t)
	w.room()
	ran := &slowCommands{begun: make(chan string, 2), let: make(chan struct{})}
	close(ran.let)
	w.bridge.Commands = ran
	recovered := func(event id.EventID, said time.Time, body string) {
		evt := w.write(event, owner, body)
		evt.Timestamp = said.UnixMilli()
		raw, err := json.Marshal(evt)
		require.NoError(t, err)
		require.NoError(t, w.handle(inbox.Row{
			Source: matrixevent.Source, Key: event.String(), Lane: evt.RoomID.String(), Kind: matrixevent.KindRecovered, Payload: raw,
		}, w.slack.HandleMatrix))
	}
	recovered("$old", time.Now().Add(-inbox.KeepKeys), "!slack old")
	recovered("$new", time.Now().Add(-time.Hour), "!slack new")
	require.Equal(t, "new", <-ran.begun)
	require.Empty(t, ran.begun)
}
