package inbox

import "context"

// Last returns the id of the last row of a source that waits in a lane, or 0.
func (b *Inbox) Last(source, lane string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q := b.find(source, lane); q != nil && len(q.ids) > 0 {
		return q.ids[len(q.ids)-1]
	}
	return 0
}

// Supersede takes rows of the attempt's kind, up to an id, out of the lane in which they
// wait behind the attempt's, which has done their work: those that are so in did's eyes.
// They are done, and their keys are returned.
func (b *Inbox) Supersede(ctx context.Context, by *Attempt, until int64, did func(Row) bool) (keys []string, err error) {
	if until <= by.ID {
		return nil, nil
	}
	rows, err := b.store.parked(ctx, rowColumns, "source=$1 AND lane=$2 AND kind=$3 AND id>$4 AND id<=$5 AND parked_ms IS NULL ORDER BY id",
		by.Source, by.Lane, by.Kind, by.ID, until)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if !did(row.Row) {
			continue
		}
		b.mu.Lock()
		q := b.find(by.Source, by.Lane)
		there := q != nil && q.isFirst(by.ID)
		if there {
			_, there = q.index(row.ID)
		}
		if there {
			b.committer.handled(head{id: row.ID, source: by.Source, lane: by.Lane, session: b.store.session.Load()})
			b.remove(q, row.ID)
			b.counts.handled.Add(1)
		}
		b.mu.Unlock()
		if there {
			b.committer.markDone(row.ID)
			keys = append(keys, row.Key)
		}
	}
	return keys, nil
}
