package slackdb

import (
	"context"
	"time"

	"go.mau.fi/util/dbutil"
)

// PutGone notes that something of Slack's is gone since a time: the latest that was noted
// counts.
func (db *DB) PutGone(ctx context.Context, what string, at, noted time.Time) error {
	_, err := db.db.Exec(ctx, `INSERT INTO slack_gone (what, gone_us, noted_ms) VALUES ($1, $2, $3)
		ON CONFLICT (what) DO UPDATE SET noted_ms=excluded.noted_ms,
			gone_us=CASE WHEN excluded.gone_us > slack_gone.gone_us THEN excluded.gone_us ELSE slack_gone.gone_us END`, what, at.UnixMicro(), noted.UnixMilli())
	return wrap(err, "store that %s is gone", what)
}

// Gone returns what was noted since a time, and since when it is gone.
func (db *DB) Gone(ctx context.Context, since time.Time) (map[string]time.Time, error) {
	type row struct {
		what string
		at   int64
	}
	rows, err := db.db.Query(ctx, `SELECT what, gone_us FROM slack_gone WHERE noted_ms >= $1`, since.UnixMilli())
	list, err := dbutil.NewRowIterWithError(rows, func(from dbutil.Scannable) (r row, err error) {
		return r, from.Scan(&r.what, &r.at)
	}, err).AsList()
	gone := make(map[string]time.Time, len(list))
	for _, r := range list {
		gone[r.what] = time.UnixMicro(r.at)
	}
	return gone, wrap(err, "read what is gone in Slack")
}

// PruneGone forgets what was noted before a time.
func (db *DB) PruneGone(ctx context.Context, before time.Time) error {
	_, err := db.db.Exec(ctx, `DELETE FROM slack_gone WHERE noted_ms < $1`, before.UnixMilli())
	return wrap(err, "forget what is long gone in Slack")
}
