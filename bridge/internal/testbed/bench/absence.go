package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ops-jrz1/bridge/internal/testbed/postgres"
)

// MaxMemory is what the bridge may hold while the homeserver is away.
const MaxMemory = 100 << 20

// Absence is a time without a homeserver, in which people in Slack write.
type Absence struct {
	// Bridge is the program.
	Bridge string
	// Database is where it keeps its data.
	Database Database
	// Messages are written into ten channels, one every Pace; 0 is all at once.
	Messages int
	Pace     time.Duration
	Say      func(format string, args ...any)
}

// Endured is how the bridge coped with an absence.
type Endured struct {
	Absence
	// Before and Most are its resident memory when the homeserver went and the most
	// it held until everything had arrived, in bytes.
	Before, Most int64
	// Away is how long the homeserver was away, Caught how long it took until the
	// last message was there after it had come back.
	Away, Caught time.Duration
}

// Endure stops the homeserver, has people write, starts it again and waits until
// everything has arrived, once and not twice.
func (a Absence) Endure(ctx context.Context) (endured Endured, err error) {
	o := options{bridge: a.Bridge, channels: channels}
	if a.Database == PostgreSQL {
		server, failed := postgres.Start(ctx)
		if failed != nil {
			return endured, failed
		}
		defer func() { err = errors.Join(err, server.Remove()) }()
		if o.uri, err = server.NewDatabase(ctx); err != nil {
			return endured, err
		}
	}
	w, err := newWorld(ctx, o)
	defer func() { err = errors.Join(err, w.close(err)) }()
	if err != nil {
		return endured, err
	}
	if err := w.begin(ctx); err != nil {
		return endured, err
	}
	return a.endure(ctx, w)
}

func (a Absence) endure(ctx context.Context, w *world) (Endured, error) {
	endured := Endured{Absence: a}
	var err error
	pid := w.bridge.Process().PID()
	if endured.Before, err = memoryOf(pid, "VmRSS"); err != nil {
		return endured, err
	}
	server := w.home.(fast).Server
	if err := server.Stop(); err != nil {
		return endured, err
	}
	begin := time.Now()
	l := load{count: a.Messages, channels: channels, pace: a.Pace}
	say := w.inSlack(l)
	_, err = l.run(begin, func(n int) error {
		if n > 0 && n%1200 == 0 {
			held, err := memoryOf(pid, "VmRSS")
			if err != nil {
				return err
			}
			a.Say("  %d messages: %d MiB", n, held>>20)
		}
		return say(n)
	})
	if err != nil {
		return endured, err
	}
	back, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.acknowledged(back); err != nil {
		return endured, err
	}
	endured.Away = time.Since(begin)
	returned := time.Now()
	if err := server.Start(ctx); err != nil {
		return endured, err
	}
	if _, err := w.seen.wait(back); err != nil {
		return endured, err
	}
	endured.Caught = time.Since(returned)
	// VmHWM is the peak since the start, so it includes catching up.
	endured.Most, err = memoryOf(pid, "VmHWM")
	return endured, err
}

// Program builds the bridge of the tree at root for an absence.
func Program(ctx context.Context, root, dir string) (string, error) {
	p := filepath.Join(dir, "slack-bridge")
	return p, compile(ctx, root, "this commit", p)
}

// Folder is a temporary folder for Program.
func Folder() (dir string, remove func() error, err error) {
	if dir, err = os.MkdirTemp("", "bench-program-"); err != nil {
		return "", nil, fmt.Errorf("make a folder for the program: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
