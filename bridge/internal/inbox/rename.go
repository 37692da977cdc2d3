package inbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Renaming is a new name for something that rows are about. Names are words between
// spaces of their keys, Self and About.
type Renaming struct {
	// Lanes are those whose rows are renamed, parked ones too, and the lanes in which
	// they are afterwards.
	Lanes map[string]string
	// Old and New are the word and what takes its place, also in the keys of rows that
	// are done.
	Old, New string
	// Content returns a row's new payload and progress, or ok as false for a row that
	// stays as it is.
	Content func(Row) (payload, progress []byte, ok bool)
	// Also is run in the same transaction, as that of a [Batch].
	Also func(ctx context.Context) error
}

// Rename renames rows that wait or are parked, with one commit. The row of by, whose
// handler calls it, stays as it is.
func (b *Inbox) Rename(ctx context.Context, by *Attempt, r Renaming) error {
	var renamed []Parked
	err := b.committer.do(ctx, &request{
		also: func(ctx context.Context) (err error) {
			if renamed, err = b.store.rename(ctx, by.ID, r); err != nil {
				return err
			}
			return r.Also(ctx)
		},
		after: func() {
			for _, row := range renamed {
				b.cache.drop(row.ID)
				b.move(row, r.Lanes[row.Lane])
			}
		},
	})
	if err != nil {
		return fmt.Errorf("rename %s to %s: %w", r.Old, r.New, err)
	}
	return nil
}

// move puts a row into another lane. One that is being handled stays where it is until it
// is done. The inbox's lock is held.
func (b *Inbox) move(row Parked, to string) {
	from := b.laneOf(row.Lane)
	switch q := b.find(row.Source, row.Lane); {
	case !row.Since.IsZero():
		from.unpark(row.ID)
		b.laneOf(to).park(row.Source, row.Self, cmp.Or(row.With, row.ID))
	case q == nil || from.busy == q && q.isFirst(row.ID):
	default:
		if _, there := q.index(row.ID); there {
			b.remove(q, row.ID)
			b.insert([]head{{id: row.ID, source: row.Source, lane: to}})
		}
	}
	b.sweep(from)
}

// rename returns the rows that have other names or other content now, with the lanes in
// which they were.
func (s *store) rename(ctx context.Context, except int64, r Renaming) ([]Parked, error) {
	var lanes []any
	for lane := range r.Lanes {
		lanes = append(lanes, lane)
	}
	rows, err := s.parked(ctx, rowColumns, "lane IN "+placeholders(1, len(lanes))+" ORDER BY id", lanes...)
	if err != nil {
		return nil, err
	}
	if err := s.renameKeys(ctx, r); err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row Parked) bool { return row.ID == except })
	var renamed []Parked
	for _, row := range rows {
		payload, progress, ok := r.Content(row.Row)
		if !ok {
			continue
		}
		row.Key, row.Self, row.About = r.name(row.Key), r.name(row.Self), r.name(row.About)
		_, err := s.db.Exec(ctx, "UPDATE slack_inbox SET key=$2, self=$3, about=$4, payload=$5, progress=$6, lane=$7 WHERE id=$1",
			row.ID, row.Key, row.Self, row.About, blob(payload), blobOrNil(progress), r.Lanes[row.Lane])
		if err != nil {
			return nil, fmt.Errorf("rename row %d: %w", row.ID, err)
		}
		renamed = append(renamed, row)
	}
	return renamed, nil
}

// renameKeys renames the keys of all rows, so that what comes again under the new name is
// known.
func (s *store) renameKeys(ctx context.Context, r Renaming) error {
	for _, query := range []string{
		`DELETE FROM slack_inbox_key WHERE key LIKE $1 AND EXISTS (SELECT 1 FROM slack_inbox_key AS other
			WHERE other.source=slack_inbox_key.source AND other.key=REPLACE(slack_inbox_key.key, $2, $3))`,
		`UPDATE slack_inbox_key SET key=REPLACE(key, $2, $3) WHERE key LIKE $1`,
	} {
		if _, err := s.db.Exec(ctx, query, "% "+r.Old+" %", " "+r.Old+" ", " "+r.New+" "); err != nil {
			return fmt.Errorf("rename keys: %w", err)
		}
	}
	return nil
}

// name puts the new word into a name.
func (r Renaming) name(name string) string {
	words := strings.Split(name, " ")
	for i, word := range words {
		if word == r.Old {
			words[i] = r.New
		}
	}
	return strings.Join(words, " ")
}
