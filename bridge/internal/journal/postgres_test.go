package journal_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const postgresBin = "/usr/lib/postgresql/15/bin"

// postgres is a PostgreSQL 15 of these tests' own, behind a Unix socket.
type postgres struct {
	dir    string
	server *exec.Cmd
	log    bytes.Buffer
}

// database creates an empty database and returns how to open it.
func (p *postgres) database(t *testing.T) database {
	t.Helper()
	name := "journal" + strings.ToLower(strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()))
	if len(name) > 60 {
		name = name[len(name)-60:]
	}
	admin, err := sql.Open("postgres", p.uri("postgres"))
	require.NoError(t, err)
	defer func() { _ = admin.Close() }()
	_, err = admin.ExecContext(t.Context(), fmt.Sprintf("CREATE DATABASE %q", name))
	require.NoError(t, err)
	return database{"postgres", p.uri(name)}
}

func (p *postgres) uri(name string) string {
	return fmt.Sprintf("postgresql:///%s?user=bridge&sslmode=disable&host=%s", name, p.dir)
}

func startPostgres() (*postgres, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	account, err := ordinaryUser(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(postgresBin, "initdb"), "-D", data, "-U", "bridge", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, account
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.server = exec.Command(filepath.Join(postgresBin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=")
	p.server.Dir, p.server.SysProcAttr, p.server.Stdout, p.server.Stderr = dir, account, &p.log, &p.log
	if err := p.server.Start(); err != nil {
		return nil, err
	}
	return p, p.awaitReady()
}

func (p *postgres) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		check := exec.CommandContext(ctx, filepath.Join(postgresBin, "pg_isready"), "-q", "-h", p.dir, "-U", "bridge", "-d", "postgres")
		if check.Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			p.stop()
			return fmt.Errorf("PostgreSQL did not start: %s", p.log.String())
		case <-tick.C:
		}
	}
}

func (p *postgres) stop() {
	_ = p.server.Process.Signal(syscall.SIGINT)
	_ = p.server.Wait()
	_ = os.RemoveAll(p.dir)
}

// ordinaryUser gives dir to a user that PostgreSQL accepts: it refuses to run as root.
func ordinaryUser(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	credential := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return &syscall.SysProcAttr{Credential: credential}, os.Chown(dir, int(uid), int(gid))
}
