// Package postgres runs a PostgreSQL 15 of its own for tests: a fresh cluster in
// a temporary folder, reached over a Unix socket only, run by another user where
// the tests run as root (PostgreSQL refuses root). It must never touch a cluster
// of the machine.
package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/lib/pq" // the driver that the bridge uses

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/process"
)

// debianBin is where Debian's package postgresql-15 has its programs; they are
// not in PATH. The environment variable POSTGRES_BIN names another folder.
const debianBin = "/usr/lib/postgresql/15/bin"

// startTimeout is how long making a cluster and starting it may take.
const startTimeout = 60 * time.Second

// Server is a running PostgreSQL with a cluster of its own.
type Server struct {
	// Log is the file with everything the server says.
	Log string

	bin, dir   string
	credential *syscall.Credential
	process    *process.Process
	databases  atomic.Int32
}

// Start makes a cluster and starts a server on it. The caller calls Remove.
func Start(ctx context.Context) (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	credential, err := notRoot()
	if err != nil {
		return nil, err
	}
	// Not inside a test's own folder: another user has to reach it, and the path
	// of a Unix socket may have 107 bytes only.
	dir, err := os.MkdirTemp("", "postgres-")
	if err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w", err)
	}
	s := &Server{Log: filepath.Join(dir, "postgres.log"), bin: bin, dir: dir, credential: credential}
	if err := s.setUp(ctx); err != nil {
		return nil, fmt.Errorf("%w (its files are in %s)", err, dir)
	}
	return s, nil
}

func (s *Server) setUp(ctx context.Context) error {
	if s.credential != nil {
		if err := os.Chown(s.dir, int(s.credential.Uid), int(s.credential.Gid)); err != nil {
			return fmt.Errorf("make a PostgreSQL cluster: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"),
		"--pgdata", s.data(), "--username", superuser, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir = s.dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s.StartAgain(ctx)
}

// superuser is the one role of the cluster; the socket's folder is its guard.
const superuser = "bridge"

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// StartAgain starts a server that was stopped or killed, and waits for it.
func (s *Server) StartAgain(ctx context.Context) error {
	var err error
	s.process, err = process.Start(process.Command{
		Name: "PostgreSQL", Path: filepath.Join(s.bin, "postgres"), Dir: s.dir, Log: s.Log,
		Args: []string{
			"-D", s.data(), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + s.dir,
			"-c", "max_connections=200",
		},
		// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one
		// (PostgreSQL's documentation, "Shutting Down the Server").
		StopSignal: syscall.SIGINT, DeathSignal: syscall.SIGQUIT, Credential: s.credential,
	})
	if err != nil {
		return err
	}
	return s.ready(ctx)
}

func (s *Server) ready(ctx context.Context) error {
	db, err := sql.Open("postgres", s.uri("postgres"))
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	defer db.Close()
	return await.Until(ctx, "PostgreSQL", func(ctx context.Context) (bool, error) {
		if s.process.ExitCode() >= 0 {
			return false, s.process.Died()
		}
		return db.PingContext(ctx) == nil, nil
	})
}

// NewDatabase makes an empty database and returns its URI, in the form that the
// bridge's configuration takes.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	name := "bridge_" + strconv.Itoa(int(s.databases.Add(1)))
	db, err := sql.Open("postgres", s.uri("postgres"))
	if err != nil {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	return s.uri(name), nil
}

// uri has no host and no port before the path: the socket's folder is a
// parameter (PostgreSQL's documentation, "Connection URIs").
func (s *Server) uri(database string) string {
	query := url.Values{"host": {s.dir}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgresql:///" + database + "?" + query.Encode()
}

// Stop ends the server in good order; clients lose their connections.
func (s *Server) Stop(ctx context.Context) error { return s.process.Stop(ctx) }

// killTimeout is more than the five seconds after which PostgreSQL kills those of
// its processes that do not end at once.
const killTimeout = 20 * time.Second

// Kill ends the server at once, as a crash would: the next start recovers from
// the log (PostgreSQL's documentation, "Immediate Shutdown"). Killing the first
// process alone would leave those that serve connections, each in a session of
// its own, running for a moment.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	if err := s.process.Signal(syscall.SIGQUIT); err == nil {
		select {
		case <-s.process.Exited():
			return
		case <-time.After(killTimeout):
		}
	}
	s.process.Kill()
}

// Remove kills the server and removes its files.
func (s *Server) Remove() error {
	s.Kill()
	return os.RemoveAll(s.dir)
}

// MoveTo stops the server and moves its files to dir, which must not be there, so that they
// can be examined: a server that is started on dir/data has what this one had.
func (s *Server) MoveTo(ctx context.Context, dir string) error {
	if err := s.Stop(ctx); err != nil {
		return fmt.Errorf("keep PostgreSQL's files: %w", err)
	}
	// mv also moves to another file system, and keeps the owner.
	if out, err := exec.CommandContext(ctx, "mv", "--no-target-directory", s.dir, dir).CombinedOutput(); err != nil {
		return fmt.Errorf("keep PostgreSQL's files: %w: %s", err, out)
	}
	return nil
}

// CommandLine is how the server is started by hand.
func (s *Server) CommandLine() string { return s.process.String() }

// find returns the folder with postgres and initdb.
func find() (string, error) {
	bin := os.Getenv("POSTGRES_BIN")
	if bin == "" {
		bin = debianBin
	}
	for _, program := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			return "", fmt.Errorf("PostgreSQL 15 is missing: no %s in %s; run `make setup-postgres` or set POSTGRES_BIN", program, bin)
		}
	}
	return bin, nil
}

// notRoot returns the credential to run PostgreSQL with: nil for the current user or,
// if that is root, the package's user or nobody.
func notRoot() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is neither a user postgres nor nobody: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("number of user %s: %w", account.Username, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group of user %s: %w", account.Username, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
