package inbox_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
)

// putForMe names the database in which a copy of this test program puts rows until it
// is killed.
const putForMe = "INBOX_TEST_PUT"

// putUntilKilled writes the key of each row to standard output as soon as Put
// returned. Every third one is handled at once, and none of the others.
func putUntilKilled(at string) error {
	dialect, uri, _ := strings.Cut(at, " ")
	db, err := dbutil.NewWithDialect(uri, dialect)
	if err != nil {
		return err
	}
	ctx := context.Background()
	b, err := inbox.Open(ctx, inbox.Options{DB: db})
	if err != nil {
		return err
	}
	begun := make(chan error)
	go func() {
		begun <- b.Run(ctx, "commands", func(ctx context.Context, a *inbox.Attempt) error {
			if err := a.Begin(ctx); err != nil {
				return err
			}
			fmt.Println("begun", a.Key)
			begun <- nil
			return nil
		}, inbox.Policy{})
	}()
	for n := 0; ; n++ {
		key := fmt.Sprint("Ev", n)
		source := "matrix"
		if n%3 == 2 {
			source = "commands"
		}
		if _, err := b.Put(ctx, inbox.Row{Source: source, Key: key, Lane: "C1", Payload: []byte("payload of " + key)}); err != nil {
			return err
		}
		fmt.Println(key)
		if n%3 == 2 {
			if err := <-begun; err != nil {
				return err
			}
		}
	}
}

// TestKilled kills a process at an arbitrary moment: every row that it was told of is
// there, and none that was begun comes back.
func TestKilled(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), putForMe+"="+at.dialect+" "+at.uri)
		var stderr bytes.Buffer
		child.Stderr = &stderr
		stdout, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())

		told, begun := map[string]bool{}, map[string]bool{}
		lines := bufio.NewScanner(stdout)
		for killed := false; lines.Scan(); {
			if key, marked := strings.CutPrefix(lines.Text(), "begun "); marked {
				begun[key] = true
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

		b := at.box(t)
		left := map[string]bool{}
		for _, key := range b.list() {
			require.False(t, begun[key], "%s was begun", key)
			left[key] = true
		}
		h := &handler{}
		b.run("matrix", h, inbox.Policy{})
		b.idle("matrix")
		require.NotEmpty(t, h.handled())
		for key := range told {
			var n int
			_, err := fmt.Sscanf(key, "Ev%d", &n)
			require.NoError(t, err)
			switch {
			case n%3 != 2:
				require.True(t, left[key], key)
				require.Contains(t, h.handled(), key)
			case !left[key] && !begun[key]: // begun in the moment before its word was written
				require.GreaterOrEqual(t, n, len(told)-3, key)
			}
		}
	})
}
