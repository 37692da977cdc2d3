package database

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
	server "ops-jrz1/bridge/internal/testbed/postgres"
)

// onPostgres is a configuration with a new database on a server.
func onPostgres(t *testing.T, server *server.Server) *settings.Config {
	t.Helper()
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	config := load(t, "file:x?_txlock=immediate")
	config.Database.Type, config.Database.URI = postgres, uri
	return config
}

func alone(t *testing.T, config *settings.Config) (*Locked, error) {
	t.Helper()
	return OpenAlone(t.Context(), config, zerolog.New(secrettest.Log(t)), 0)
}

// inUseBy wants that a database is refused because another process has its lock.
func inUseBy(t *testing.T, config *settings.Config, holder string) {
	t.Helper()
	_, err := alone(t, config)
	require.ErrorIs(t, err, ErrInUse)
	require.Equal(t, exit.Unavailable, exit.Of(err))
	require.EqualError(t, err, "config.yaml: database.uri: another slack-bridge uses this database ("+holder+"); stop that one, or give each bridge a database of its own")
}

func TestOneProcessUsesADatabase(t *testing.T) {
	running := server.New(t)
	host, err := os.Hostname()
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		config func(t *testing.T) *settings.Config
		holder string
	}{
		"a file": {func(t *testing.T) *settings.Config {
			return load(t, "file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate")
		}, fmt.Sprintf("process %d", os.Getpid())},
		"a server": {func(t *testing.T) *settings.Config {
			return onPostgres(t, running)
		}, fmt.Sprintf("slack-bridge %d at %.30s", os.Getpid(), host)},
	} {
		t.Run(name, func(t *testing.T) {
			config := tc.config(t)
			first, err := alone(t, config)
			require.NoError(t, err)
			inUseBy(t, config, tc.holder)

			require.NoError(t, first.Close())
			inUseBy(t, config, tc.holder)
			require.NoError(t, first.Unlock())
			// A server notices a moment later that the session is over.
			second, err := OpenAlone(t.Context(), config, zerolog.Nop(), time.Minute)
			require.NoError(t, err)
			require.NoError(t, second.Close())
			require.NoError(t, second.Unlock())
		})
	}
}

// TestTheLockOfAFileByAnotherName: a link leads to the same lock.
func TestTheLockOfAFileByAnotherName(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "bridge.db"), filepath.Join(folder, "link.db")
	first, err := alone(t, load(t, "file:"+file+"?_txlock=immediate"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(file, link))
	inUseBy(t, load(t, "file:"+link+"?_txlock=immediate"), fmt.Sprintf("process %d", os.Getpid()))
	require.NoError(t, first.Close())
	require.NoError(t, first.Unlock())
}

// TestTheLockIsWaitedFor: a process that ends meanwhile lets the next one in.
func TestTheLockIsWaitedFor(t *testing.T) {
	config := load(t, "file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate")
	first, err := alone(t, config)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	ended := make(chan error, 1)
	time.AfterFunc(2*lockEvery, func() { ended <- first.Unlock() })
	second, err := OpenAlone(t.Context(), config, zerolog.Nop(), time.Minute)
	require.NoError(t, err)
	require.NoError(t, <-ended)
	require.NoError(t, second.Close())
	require.NoError(t, second.Unlock())
}

func TestTheLockInAFolderThatIsNotThere(t *testing.T) {
	_, err := alone(t, load(t, "file:"+filepath.Join(t.TempDir(), "nowhere", "bridge.db")+"?_txlock=immediate"))
	require.Equal(t, exit.CannotWrite, exit.Of(err))
	require.ErrorContains(t, err, "make its folder exist and writable for this user")
}

// TestTheLockOfALostConnection: a process that loses the connection gets the lock back, even
// when the server still has the old session, and learns it when another was faster.
func TestTheLockOfALostConnection(t *testing.T) {
	running := server.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lock, err := lockServer(ctx, onPostgres(t, running).Database.URI)
	require.NoError(t, err)
	admin, err := alone(t, onPostgres(t, running)) // a database of its own
	require.NoError(t, err)
	end := func(pid int) {
		t.Helper()
		_, err := admin.Exec(ctx, "SELECT pg_terminate_backend($1)", pid)
		require.NoError(t, err)
	}
	keeps := func() {
		t.Helper()
		require.Eventually(t, func() bool { return lock.keep(ctx) == nil && lock.conn != nil }, time.Minute, time.Millisecond)
	}

	first := lock.pid
	end(first)
	keeps()
	require.NotEqual(t, first, lock.pid)

	// The session lives on, out of this process's sight.
	second := lock.pid
	lost := lock.conn
	lock.conn = nil
	lock.db.SetMaxOpenConns(2)
	keeps()
	require.NotEqual(t, second, lock.pid)
	drop(lost)

	drop(lock.conn)
	lock.conn = nil
	other := &serverLock{db: lock.db, name: "slack-bridge 1 at another.machine"}
	require.Eventually(t, func() bool { return other.take(ctx) == nil }, time.Minute, time.Millisecond)
	_, err = other.conn.ExecContext(ctx, "SET application_name TO 'slack-bridge 1 at another.machine'")
	require.NoError(t, err)
	err = lock.keep(ctx)
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, "slack-bridge 1 at another.machine")
	require.NoError(t, other.release())
	require.NoError(t, admin.Close())
	require.NoError(t, admin.Unlock())
}
