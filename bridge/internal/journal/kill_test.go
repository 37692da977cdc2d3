package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/journal"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// putForMe names the database in which a copy of this test program puts rows
// until it is killed.
const putForMe = "JOURNAL_TEST_PUT"

// shared is the server of all tests that ask for one.
var shared lazyPostgres

type lazyPostgres struct {
	once   sync.Once
	server *postgres.Server
	err    error
}

func (l *lazyPostgres) newDatabase(ctx context.Context) (string, error) {
	l.once.Do(func() { l.server, l.err = postgres.Start(context.Background()) })
	if l.err != nil {
		return "", l.err
	}
	return l.server.NewDatabase(ctx)
}

func (l *lazyPostgres) remove() error {
	if l.server == nil {
		return nil
	}
	return l.server.Remove()
}

func TestMain(m *testing.M) {
	if at := os.Getenv(putForMe); at != "" {
		if err := putUntilKilled(at); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := shared.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// putUntilKilled writes the key of each row to standard output as soon as Put
// returned, and marks every third one as done.
func putUntilKilled(at string) error {
	dialect, uri, _ := strings.Cut(at, " ")
	db, err := dbutil.NewWithDialect(uri, dialect)
	if err != nil {
		return err
	}
	ctx := context.Background()
	j, err := journal.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		key := fmt.Sprint("Ev", n)
		row, _, err := j.Put(ctx, journal.Row{Source: "slack:T1", Key: key, Lane: "C1", Payload: []byte("payload of " + key)})
		if err != nil {
			return err
		}
		fmt.Println(key)
		if n%3 == 2 {
			if err := j.Done(ctx, row.ID); err != nil {
				return err
			}
			fmt.Println("done", key)
		}
	}
}

// TestKilledBetweenPutAndDone kills a process at an arbitrary moment: every row
// it was told about is there, and none that it had marked comes back.
func TestKilledBetweenPutAndDone(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), putForMe+"="+at.dialect+" "+at.uri)
		var stderr bytes.Buffer
		child.Stderr = &stderr
		stdout, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())

		told, done := map[string]bool{}, map[string]bool{}
		lines := bufio.NewScanner(stdout)
		for killed := false; lines.Scan(); {
			if key, marked := strings.CutPrefix(lines.Text(), "done "); marked {
				done[key] = true
			} else {
				told[key] = true
			}
			if len(told) >= 20 && !killed {
				require.NoError(t, child.Process.Kill())
				killed = true
			}
		}
		require.ErrorContains(t, child.Wait(), "killed", "%s", stderr.String())
		require.GreaterOrEqual(t, len(told), 20)

		pending, err := mustOpen(t, at.open(t)).Pending(t.Context(), "slack:T1")
		require.NoError(t, err)
		left := map[string]bool{}
		for _, row := range pending {
			require.Equal(t, "payload of "+row.Key, string(row.Payload))
			require.False(t, done[row.Key], "%s was done", row.Key)
			left[row.Key] = true
		}
		for key := range told {
			// The last row may have been marked in the moment before its "done" was written.
			if key != fmt.Sprint("Ev", len(told)-1) {
				require.Equal(t, !done[key], left[key], key)
			}
		}
	})
}

// lockedBuffer is a bytes.Buffer for several writers.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
