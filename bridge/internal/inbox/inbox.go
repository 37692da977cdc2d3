// Package inbox is the durable queue between what arrives and what handles it.
//
// It owns rows, lanes, workers, retries, parking, draining and statistics for both
// directions. A row is stored with [Inbox.Put] and committed when Put returns: only
// then may the sender be answered. [Inbox.Run] hands the rows of one source to a
// handler, in order within a lane and side by side across lanes, until the handler
// says that the row is done. Everything that waits to be written goes into one
// commit.
//
// A row that fails is tried again. An error that passes by itself (see
// [Policy.Transient]) is tried until it does; any other is tried [maxTries] times
// and then parked: the row leaves its lane, keeps its payload, and is reported to a
// person. Rows about a parked row are parked with it.
//
// The package does not look into payloads and knows neither Slack nor Matrix. The
// caller chooses keys, lanes and what a row is about. One process uses the tables
// at a time.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"
)

// Row is one thing to be handled.
type Row struct {
	// ID is given by Put. Ids grow in the order in which rows were put.
	ID int64
	// Source names what the row came from and so which handler gets it, for
	// instance "matrix". Keys are unique within a source. It must not be empty.
	Source string
	// Key names the event: a second row with the same source and key is a
	// duplicate. It must not be empty.
	Key string
	// Lane is the order domain: at any time one row of a lane is handled, and the
	// rows of one source in a lane are handled in the order of their ids.
	Lane string
	// Kind says what the payload is, in the handler's words.
	Kind string
	// Self is what rows about this one name in About, "" if there can be none.
	Self string
	// About is the Self of the row that this one is about, such as the message
	// that an edit changes, or "".
	About string
	// Payload is what came in, byte for byte.
	Payload []byte
	// Decoded is what the sender made of the payload, if anything. It is kept with the
	// row in memory, so that the handler need not decode it again, and is nil when the
	// row was read from the database.
	Decoded any
	// Progress is what an earlier attempt kept with [Attempt.Keep], or nil.
	Progress []byte
	// Arrived is when the row was put, in whole milliseconds.
	Arrived time.Time

	unsure bool // see Attempt.Unsure
}

// maxKey bounds a source and key together: PostgreSQL takes less than a third of a
// page of 8 kB into an index.
const maxKey = 2000

// check says what is wrong with a row that no database could store.
func (r *Row) check() error {
	if r.Source == "" || r.Key == "" {
		return fmt.Errorf("%w: source %q and key %q must both be given", ErrRow, r.Source, r.Key)
	}
	if len(r.Source)+len(r.Key) > maxKey {
		return fmt.Errorf("%w: source and key together have %d bytes, more than %d", ErrRow, len(r.Source)+len(r.Key), maxKey)
	}
	for _, text := range []string{r.Source, r.Key, r.Lane, r.Kind, r.Self, r.About} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return fmt.Errorf("%w: %q is no UTF-8 text without zero bytes", ErrRow, text)
		}
	}
	return nil
}

// ErrRow is returned by Put for a row that can never be stored.
var ErrRow = errors.New("not a row for the inbox")

// Options are what an Inbox is made of. DB is required.
type Options struct {
	DB *dbutil.Database
	// DBLog logs statements; nil means the database's own.
	DBLog dbutil.DatabaseLogger
	// Log may be nil.
	Log *zap.Logger
	// Done, if set, is told of each row that was handled how long ago it was put. It must
	// return at once.
	Done func(source string, took time.Duration)
}

// Inbox is the open queue. Its methods may be called from any goroutine.
type Inbox struct {
	db  *dbutil.Database
	log *zap.Logger
	now func() time.Time

	store     *store
	committer *committer
	counts    counts
	onDone    func(source string, took time.Duration)

	// mu guards what follows: the rows that wait, as ids.
	mu      sync.Mutex
	lanes   map[string]*lane
	sources map[string]*source
	cache   cache
	// again are rows that were handled once and are handled again because their marks
	// were not written.
	again map[int64]bool
}

// Open creates or upgrades the tables, takes over what an older journal holds, and
// reads which rows wait. [Inbox.Close] must be called at the end. The error wraps
// [ErrVersion] if the tables are not of a version that this program can use.
func Open(ctx context.Context, options Options) (*Inbox, error) {
	if options.Log == nil {
		options.Log = zap.NewNop()
	}
	store, err := openStore(ctx, options.DB, options.DBLog)
	if err != nil {
		return nil, err
	}
	b := &Inbox{
		db: store.db, log: options.Log.Named("inbox"), now: time.Now, store: store, onDone: options.Done,
		lanes: map[string]*lane{}, sources: map[string]*source{}, again: map[int64]bool{},
	}
	b.cache.init()
	if err := b.restore(ctx); err != nil {
		return nil, err
	}
	b.committer = newCommitter(b)
	return b, nil
}

// restore builds the lanes from the rows in the database.
func (b *Inbox) restore(ctx context.Context) error {
	heads, err := b.store.heads(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, head := range heads {
		if head.parked {
			b.laneOf(head.lane).park(head.source, head.self, head.with)
			b.sweep(b.laneOf(head.lane))
			continue
		}
		queue := b.queueOf(head.source, head.lane)
		queue.ids = append(queue.ids, head.id)
		queue.inherited = true
		queue.source.waiting++
	}
	return nil
}

// Batch is put with one commit, or not at all.
type Batch struct {
	Rows []Row
	// Also, if not nil, is run in the transaction of the rows: ctx carries it, so
	// that statements on the same database belong to it, and other statements must
	// not be made. It is run again after a commit that failed, also one that turns
	// out to have succeeded. It may still be running when PutBatch returned because
	// its own context ended.
	Also func(ctx context.Context) error
}

// Put stores rows and returns how many were new. When it returns without error they
// are committed and flushed to disk. A row whose key is known, also that of a row
// that is done, is left out. ID and Arrived of the given rows are ignored, their
// payloads must not be changed any more. When ctx ends first, nothing is stored, or
// the error wraps [ErrUnknown].
func (b *Inbox) Put(ctx context.Context, rows ...Row) (fresh int, err error) {
	return b.PutBatch(ctx, Batch{Rows: rows})
}

// PutBatch is Put for rows that must be stored together with something else.
func (b *Inbox) PutBatch(ctx context.Context, batch Batch) (fresh int, err error) {
	for i := range batch.Rows {
		if err := batch.Rows[i].check(); err != nil {
			return 0, fmt.Errorf("put %d rows: %w", len(batch.Rows), err)
		}
	}
	if len(batch.Rows) == 0 && batch.Also == nil {
		return 0, nil
	}
	r := &request{rows: slices.Clone(batch.Rows), also: batch.Also}
	if err := b.committer.do(ctx, r); err != nil {
		return 0, fmt.Errorf("put %d rows: %w", len(batch.Rows), err)
	}
	return r.fresh, nil
}

// ErrInTransaction is returned by whatever commits when the context carries an open
// database transaction: on SQLite that one would keep the commit from being made.
var ErrInTransaction = errors.New("the inbox cannot commit within a database transaction")

// ErrUnknown is returned when the context ended while a commit was being made and
// the database did not answer: it may have succeeded.
var ErrUnknown = errors.New("the database did not answer, so it is not known whether the commit was made")

// ErrClosed is returned when the inbox was closed.
var ErrClosed = errors.New("the inbox is closed")

// Close writes what waits to be written and ends the inbox. No Run may be running.
func (b *Inbox) Close(ctx context.Context) error { return b.committer.close(ctx) }
