package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// ErrInUse is in the chain of OpenAlone's error when another process uses the database.
var ErrInUse = errors.New("another slack-bridge uses this database")

// lockEvery is the pause between two tries to get the lock.
const lockEvery = 100 * time.Millisecond

// Locked is an open database that this process alone uses.
type Locked struct {
	*dbutil.Database

	lock lock
}

// lock is what keeps other processes from the database. It ends with its process, in
// whatever way that ends.
type lock interface {
	// watch keeps the lock until ctx ends, and returns ErrInUse if another process got it.
	watch(ctx context.Context) error
	release() error
}

// OpenAlone is Open for a process that writes to the database: it takes the database's
// lock first, and holds it until [Locked.Unlock]. If another process has the lock, it
// waits for at most patience; a process that was just killed may still have it for a
// moment.
func OpenAlone(ctx context.Context, config *settings.Config, log zerolog.Logger, patience time.Duration) (*Locked, error) {
	held, err := awaitLock(ctx, config, patience)
	if err != nil {
		return nil, err
	}
	db, err := Open(ctx, config, log)
	if err != nil {
		return nil, errors.Join(err, held.release())
	}
	return &Locked{Database: db, lock: held}, nil
}

// Unlock lets other processes use the database. It is called after it was closed.
func (l *Locked) Unlock() error { return l.lock.release() }

// Watch keeps the lock until ctx ends: PostgreSQL frees it when its connection is lost,
// as when the server restarts. The error is nil when ctx ended, and wraps [ErrInUse]
// when another process got it meanwhile; then this one must not write any more.
func (l *Locked) Watch(ctx context.Context) error { return l.lock.watch(ctx) }

func awaitLock(ctx context.Context, config *settings.Config, patience time.Duration) (lock, error) {
	deadline := time.Now().Add(patience)
	for {
		held, err := takeLock(ctx, config)
		if err == nil || !errors.Is(err, ErrInUse) || !time.Now().Before(deadline) {
			return held, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lockEvery):
		}
	}
}

func takeLock(ctx context.Context, config *settings.Config) (lock, error) {
	if config.Database.Type == postgres {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		held, err := lockServer(ctx, config.Database.URI)
		if err != nil {
			return nil, lockError(config, err)
		}
		return held, nil
	}
	held, err := lockFile(config.Database.URI)
	if err != nil {
		return nil, lockError(config, err)
	}
	return held, nil
}

// lockError is explain for what prevents the lock.
func lockError(config *settings.Config, err error) *Error {
	explained := Explain(config, err)
	var path *os.PathError
	switch {
	case errors.Is(err, ErrInUse):
		explained.Code, explained.Cure = exit.Unavailable, "stop that one, or give each bridge a database of its own"
	case errors.As(err, &path):
		explained.Code, explained.Cure = exit.CannotWrite, "make its folder exist and writable for this user"
	}
	return explained
}

// inUse is ErrInUse with who it is, as far as that is known.
func inUse(holder string) error {
	if holder == "" {
		return ErrInUse
	}
	return fmt.Errorf("%w (%s)", ErrInUse, holder)
}
