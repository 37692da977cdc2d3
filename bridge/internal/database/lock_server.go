package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lib/pq"
)

const (
	// watchEvery is how often it is seen whether the lock's connection is alive.
	watchEvery = 5 * time.Second
	// answerTime is how long the server may take for that.
	answerTime = 10 * time.Second
)

// serverLock is the lock of a database of PostgreSQL, an advisory lock of one session.
// It is of the schema that the tables are in.
type serverLock struct {
	db   *sql.DB
	name string // the session's
	conn *sql.Conn
	pid  int // of the server's process for the session
}

// lockKeys are the two numbers of the lock, by which pg_locks shows it as classid and
// objid.
const lockKeys = "hashtext('slack-bridge'), hashtext(COALESCE(current_schema(), ''))"

func lockServer(ctx context.Context, uri string) (*serverLock, error) {
	connector, err := pq.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this process to the database: %w", err)
	}
	// The server cuts a longer name (PostgreSQL docs: application_name).
	name := fmt.Sprintf("slack-bridge %d at %.30s", os.Getpid(), host)
	l := &serverLock{db: sql.OpenDB(lockConnector{connector, name}), name: name}
	l.db.SetMaxOpenConns(1)
	if err := l.take(ctx); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	return l, nil
}

// lockConnector opens connections that say whose they are, and that the server gives up
// within a minute when this machine is gone: until then it keeps the lock.
type lockConnector struct {
	*pq.Connector

	name string
}

// Connect implements driver.Connector.
func (c lockConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of type %T takes no statement", conn), conn.Close())
	}
	settings := "SET application_name TO " + pq.QuoteLiteral(c.name) +
		"; SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 3"
	if _, err := execer.ExecContext(ctx, settings, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the lock's connection: %w", err), conn.Close())
	}
	return conn, nil
}

// take gets the lock on a new connection.
func (l *serverLock) take(ctx context.Context) error {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	if err := l.takeOn(ctx, conn); err != nil {
		drop(conn)
		return err
	}
	l.conn = conn
	return nil
}

// takeOn gets the lock. A session of this process that the server has not given up yet
// is ended, so that a later try gets it.
func (l *serverLock) takeOn(ctx context.Context, conn *sql.Conn) error {
	var taken bool
	var pid int
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock("+lockKeys+"), pg_backend_pid()").Scan(&taken, &pid); err != nil {
		return err
	}
	if taken {
		l.pid = pid
		return nil
	}
	holder, name, err := holderOf(ctx, conn)
	switch {
	case err != nil:
		return err
	case holder == 0 && l.pid != 0:
		return errFreed
	case holder == 0 || holder != l.pid || name != l.name:
		return inUse(name)
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_terminate_backend($1)", holder); err != nil {
		return err
	}
	return errFreed
}

// errFreed says that the process that had the lock does not have it any more.
var errFreed = errors.New("the database's lock was freed only now")

// holderOf returns the server's process whose session has the lock, and how that
// session calls itself; 0 if it is free again.
func holderOf(ctx context.Context, conn *sql.Conn) (pid int, name string, err error) {
	err = conn.QueryRowContext(ctx, `SELECT l.pid, COALESCE(a.application_name, '') FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype='advisory' AND l.granted AND l.objsubid=2
			AND l.database=(SELECT oid FROM pg_database WHERE datname=current_database())
			AND (l.classid::bigint, l.objid::bigint) = (hashtext('slack-bridge')::bigint & 4294967295, hashtext(COALESCE(current_schema(), ''))::bigint & 4294967295)`).Scan(&pid, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return pid, name, err
}

// watch sees that the session is alive, and takes the lock again when it is not. While
// the server is away no process can have it.
func (l *serverLock) watch(ctx context.Context) error {
	for wait := watchEvery; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		err := l.keep(ctx)
		if errors.Is(err, ErrInUse) {
			return err
		}
		if wait = watchEvery; err != nil {
			wait = lockEvery
		}
	}
}

// keep asks on the lock's connection, or gets the lock on another.
func (l *serverLock) keep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if l.conn != nil {
		if _, err := l.conn.ExecContext(ctx, "SELECT 1"); err == nil {
			return nil
		}
		drop(l.conn)
		l.conn = nil
	}
	return l.take(ctx)
}

// drop closes a connection so that the pool does not use it again: the server gives up
// what its session holds. That it may be broken already is why it is dropped.
func drop(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

func (l *serverLock) release() error {
	if l.conn != nil {
		drop(l.conn)
		l.conn = nil
	}
	return l.db.Close()
}
