// Package operator lets the bridge's operator look into a running bridge and change
// what needs a person: a server on a Unix socket, the client for it, and the verbs that
// both offer. The commands of the command line and of the management room use the same
// verbs.
//
// The socket is for root and the user that runs the bridge. The package does not know
// Slack or Matrix: what a row of the inbox means to people, it is told (see [Names]).
package operator

import (
	"context"
	"errors"
	"time"

	"ops-jrz1/bridge/internal/inbox"
)

// Inbox is what an operator can do with the inbox. Errors are *exit.Error where the
// operator can do something about them.
type Inbox interface {
	// List returns what waits and what is parked, in the order of arrival.
	List(ctx context.Context) ([]Row, error)
	// Show returns one row, with its content if that is asked for and may be shown.
	Show(ctx context.Context, id int64, content bool) (Row, error)
	// Retry takes a parked row up again together with those that are parked with it,
	// and has one that waits for another try tried now. It returns how many rows go on.
	Retry(ctx context.Context, id int64) (rows int, err error)
	// Drop removes a row and those that are parked with it for good, and returns which.
	Drop(ctx context.Context, id int64) (dropped []int64, err error)
}

// Row is a row of the inbox as its operator sees it.
type Row struct {
	ID     int64  `json:"id"`
	Source string `json:"source"`
	Key    string `json:"key"`
	Kind   string `json:"kind"`
	Lane   string `json:"lane"`
	// Where is the lane as people know it, "" if it has no such name.
	Where   string    `json:"where,omitempty"`
	Arrived time.Time `json:"arrived"`
	// Waits is what the row's lane waits for, if it is more than its turn.
	Waits string `json:"waits,omitempty"`
	// Parked is nil while the row waits for its turn.
	Parked *Parking `json:"parked,omitempty"`
	// Holds are the rows that are parked with this one.
	Holds []int64 `json:"holds,omitempty"`
	// Content is what is in the row, if it was asked for. Withheld says why it is not
	// shown although it was.
	Content  string `json:"content,omitempty"`
	Withheld string `json:"withheld,omitempty"`
}

// Parking is why a row is parked.
type Parking struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
	// With is the parked row that this one waits for, 0 if it is parked on its own
	// account.
	With int64 `json:"with,omitempty"`
}

// Names says what rows mean to people.
type Names interface {
	// Where returns what people call the lane of a row, "" if nothing.
	Where(ctx context.Context, row inbox.Row) (string, error)
	// Waits returns what the lane of a row waits for, "" if it is the row's turn.
	Waits(ctx context.Context, row inbox.Row) (string, error)
	// Content returns what is in a row as an operator may see it. The error is a
	// [Withheld] if nothing of it may be shown.
	Content(ctx context.Context, row inbox.Row) (string, error)
}

// Withheld is the error for content that is shown to no one, and says why.
type Withheld string

// Error implements error.
func (w Withheld) Error() string { return string(w) }

// withheld returns why content is not shown, if that is what an error says.
func withheld(err error) (why string, ok bool) {
	var w Withheld
	ok = errors.As(err, &w)
	return string(w), ok
}
