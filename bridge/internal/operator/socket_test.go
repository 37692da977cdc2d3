package operator_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/operator"
)

// key is what the lines about the socket begin with.
const key = "operator.socket: "

func TestTheSocketIsForItsUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	server, err := operator.Listen(path)
	require.NoError(t, err)
	for file, want := range map[string]string{path: "Srw-------", filepath.Dir(path): "drwx------"} {
		info, err := os.Lstat(file)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().String())
	}
	require.NoError(t, server.Close(context.Background()))
	require.NoFileExists(t, path)
}

// TestWhatAnEarlierProcessLeft: the socket of a process that was killed is no obstacle,
// neither for the next one nor for who asks.
func TestWhatAnEarlierProcessLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	left.SetUnlinkOnClose(false)
	require.NoError(t, left.Close())
	require.NoError(t, os.Chmod(path, 0o600))
	_, err = operator.Connect(t.Context(), path)
	require.ErrorIs(t, err, operator.ErrNobody)

	_, desk := filled(t)
	serve(t, path, desk)
	client, err := operator.Connect(t.Context(), path)
	require.NoError(t, err)
	rows, err := client.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 4)
}

func TestNobodyThere(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "s"), filepath.Join(t.TempDir(), "run", "s")} {
		_, err := operator.Connect(t.Context(), path)
		require.ErrorIs(t, err, operator.ErrNobody)
	}
}

// TestWhatIsWrongWithTheSocket: each fault has one line with its cure, for the bridge and
// for who asks it.
func TestWhatIsWrongWithTheSocket(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare        func(t *testing.T, path string)
		listen, ask    string
		listens, asked exit.Code
	}{
		"another bridge answers there": {
			prepare: func(t *testing.T, path string) { t.Helper(); serve(t, path, operator.Desk{}) },
			listen:  "another bridge answers at PATH; set another path for one of the two", listens: exit.Unavailable,
		},
		"a file of that name": {
			prepare: func(t *testing.T, path string) {
				t.Helper()
				require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
			},
			listen: "PATH is there and is not a socket; move it away, or set another path", listens: exit.CannotWrite,
			ask: "PATH is there and is not a socket; move it away, or set another path", asked: exit.CannotWrite,
		},
		"a folder that others can write to": {
			prepare: func(t *testing.T, path string) {
				t.Helper()
				serve(t, path, operator.Desk{})
				require.NoError(t, os.Chmod(filepath.Dir(path), 0o777))
			},
			listen:  "other users can write to the folder FOLDER (mode 0777); run `chmod 700 FOLDER`, or set a path in another folder",
			listens: exit.Config,
			ask:     "other users can write to the folder FOLDER (mode 0777); run `chmod 700 FOLDER`, or set a path in another folder",
			asked:   exit.Config,
		},
		"a socket that others can use": {
			prepare: func(t *testing.T, path string) {
				t.Helper()
				serve(t, path, operator.Desk{})
				require.NoError(t, os.Chmod(path, 0o666))
			},
			listen: "another bridge answers at PATH; set another path for one of the two", listens: exit.Unavailable,
			ask: "other users may use PATH (mode 0666); run `chmod 600 PATH`", asked: exit.Config,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			tc.prepare(t, path)
			_, err := operator.Listen(path)
			line(t, err, path, tc.listen, tc.listens)
			if tc.ask != "" {
				_, err = operator.Connect(t.Context(), path)
				line(t, err, path, tc.ask, tc.asked)
			}
		})
	}
}

func line(t *testing.T, err error, path, want string, code exit.Code) {
	t.Helper()
	require.EqualError(t, err, key+strings.NewReplacer("PATH", path, "FOLDER", filepath.Dir(path)).Replace(want))
	require.Equal(t, code, exit.Of(err))
}

func TestAPathThatNoSocketCanHave(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	_, listens := operator.Listen(path)
	_, asks := operator.Connect(t.Context(), path)
	for _, err := range []error{listens, asks} {
		require.ErrorContains(t, err, "a Unix socket's path at most 103; set a shorter one")
		require.Equal(t, exit.Config, exit.Of(err))
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	_, err := operator.Listen(filepath.Join(t.TempDir(), "nowhere", "run", "s"))
	require.ErrorContains(t, err, "no such file or directory; make the folder, or set another path")
	require.Equal(t, exit.CannotWrite, exit.Of(err))
}

// TestAnotherUser may not ask, and is told who may.
func TestAnotherUser(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	_, desk := filled(t)
	serve(t, path, desk)
	err := asAnother(t, filepath.Dir(path), func() error {
		_, err := operator.Connect(context.Background(), path)
		return err
	})
	require.ErrorContains(t, err, path+" is for root and ")
	require.ErrorContains(t, err, "run this as one of them, as with sudo")
	require.Equal(t, exit.Refused, exit.Of(err))
}

// asAnother runs do as a user who may not look into a folder: root becomes "nobody" in one
// thread, another user gives their own right up.
func asAnother(t *testing.T, folder string, do func() error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		require.NoError(t, os.Chmod(folder, 0))
		defer func() { require.NoError(t, os.Chmod(folder, 0o700)) }()
		return do()
	}
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		const uid = 65534
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, uid, uid, uid); errno != 0 {
			ended <- errno
			return
		}
		ended <- do()
	}()
	return <-ended
}

// TestAnswersThatAreNone: what answers may be a bridge of another version, or no bridge.
func TestAnswersThatAreNone(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a page":         func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"an unknown one": http.NotFound,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			listener, err := net.Listen("unix", path)
			require.NoError(t, err)
			require.NoError(t, os.Chmod(path, 0o600))
			server := &http.Server{Handler: handler}
			ended := make(chan error, 1)
			go func() { ended <- server.Serve(listener) }()
			client, err := operator.Connect(t.Context(), path)
			require.NoError(t, err)
			_, err = client.List(t.Context())
			require.ErrorContains(t, err, "is not a bridge of this version; restart the bridge")
			require.Equal(t, exit.Unavailable, exit.Of(err))
			require.NoError(t, server.Close())
			require.ErrorIs(t, <-ended, http.ErrServerClosed)
		})
	}
}

func TestSelfTestIsAskedOverTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	serve(t, path, operator.Desk{})
	client, err := operator.Connect(t.Context(), path)
	require.NoError(t, err)
	done, err := client.SelfTest(t.Context())
	require.NoError(t, err)
	require.Equal(t, operator.SelfTest{Posted: true, TookMS: 2500}, done)
	soon, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	done, err = client.SelfTest(soon)
	require.NoError(t, err)
	require.InDelta(t, (30 * time.Minute).Milliseconds(), done.TookMS, float64(time.Minute.Milliseconds()))
}
