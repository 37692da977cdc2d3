package connector

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDisconnectEndsTheSessionForEveryCaller: a logout while the framework disconnects the
// login must not park its rows under a session that still handles them.
func TestDisconnectEndsTheSessionForEveryCaller(t *testing.T) {
	client := newTestClient()
	stopping, ending := make(chan struct{}), make(chan struct{})
	var over atomic.Bool
	client.session = &session{client: client, cancel: func() { close(stopping) }}
	client.session.work.Go(func() {
		<-ending
		over.Store(true)
	})
	first := make(chan struct{})
	go func() {
		client.Disconnect()
		close(first)
	}()
	<-stopping
	time.AfterFunc(20*time.Millisecond, func() { close(ending) })
	client.Disconnect()
	require.True(t, over.Load(), "the session has not ended")
	<-first
}

// TestNoSessionBeginsAfterALogout: a login that is logged out is not in the database any
// more.
func TestNoSessionBeginsAfterALogout(t *testing.T) {
	client := newTestClient()
	client.loggedOut = true
	client.Connect(t.Context())
	require.Nil(t, client.session)
}
