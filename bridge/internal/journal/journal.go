// Package journal stores what came in before anybody is told that it came in.
//
// It owns one table in the bridge's own database. A row is put when an event
// arrives and is committed when [Journal.Put] returns: only then may the sender
// be answered. The row's payload leaves when the far side has confirmed the
// event ([Journal.Done]); its key stays for at least [KeepDone], so that an
// event which is delivered again is known.
//
// The journal does not look into payloads, does not decide what is a duplicate
// (the caller chooses the key) and starts no goroutines. One process writes to
// it at a time.
package journal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"
)

// VersionTable holds the version of the journal's tables. The bridge framework
// keeps its own versions in other tables of the same database.
const VersionTable = "slack_journal_version"

// KeepDone is how long the key of a row that is done is kept at least. Slack
// repeats an event that was not acknowledged for about an hour (Slack docs:
// Events API, "Retries"); a homeserver repeats a transaction for as long as it
// gets no answer. A day leaves room for both.
const KeepDone = 24 * time.Hour

// ErrVersion is returned by Open when the tables in the database are not of a
// version that this program can use.
var ErrVersion = errors.New("the journal's tables are of a version that this program cannot use")

// Row is one event that came in.
type Row struct {
	// ID is given by the journal. Ids grow strictly in order of arrival and
	// are never used twice, also not over restarts.
	ID int64
	// Source names where the row came from, for instance "slack:T0123".
	// Keys are unique within a source. It must not be empty.
	Source string
	// Key names the event: a second row with the same source and key is a
	// duplicate. It must not be empty.
	Key string
	// Lane is the order domain, for instance a channel id: rows of one lane
	// are handled in order, those of different lanes independently. "" is a
	// lane like any other.
	Lane string
	// Payload is what came in, byte for byte. It is nil once the row is done.
	Payload []byte
	// Arrived is when the row was put, in whole milliseconds.
	Arrived time.Time
	// Done says that the far side has confirmed the event.
	Done bool
}

// Journal is the open journal. Its methods may be called from any goroutine.
type Journal struct {
	db *dbutil.Database
	// now is the clock; tests set their own.
	now func() time.Time
	// putting is held from the choice of an id until its commit. Without it a
	// reader could see row 8 before row 7, because PostgreSQL hands out ids
	// before it commits.
	putting sync.Mutex
}

//go:embed upgrades/*.sql
var upgradeFiles embed.FS

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().WithFSPath(upgradeFiles, "upgrades").Finish()
}

// Version is the newest version of the tables that this program knows.
func Version() int { return len(upgrades()) }

// Open creates or upgrades the journal's tables in the bridge's database and
// returns the journal. A nil log means the database's own. The error wraps
// [ErrVersion] when a newer program has used the database or when the tables
// are not what their version table says.
func Open(ctx context.Context, db *dbutil.Database, log dbutil.DatabaseLogger) (*Journal, error) {
	child := db.Child(VersionTable, upgrades(), log)
	err := child.Upgrade(ctx)
	switch {
	case errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return nil, fmt.Errorf("%w: %w: this database was used by a newer slack-bridge; run that one, or restore a backup made by this one", ErrVersion, err)
	case err != nil:
		return nil, fmt.Errorf("preparing the tables of the journal (version table %s): %w", VersionTable, err)
	}
	j := &Journal{db: child, now: time.Now}
	if err := j.probe(ctx); err != nil {
		return nil, err
	}
	return j, nil
}

// probe reads every column once, so that a table of another shape is found at
// start and not at the first event.
func (j *Journal) probe(ctx context.Context) error {
	rows, err := j.db.Query(ctx, "SELECT "+columns+" FROM slack_journal LIMIT 0")
	if err == nil {
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err != nil {
		return fmt.Errorf("%w: %s is there, but the table slack_journal cannot be read: %w; restore a backup, or drop both tables to begin with an empty journal", ErrVersion, VersionTable, err)
	}
	return nil
}
