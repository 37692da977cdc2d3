package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/secret"
)

// Desk does what an operator asks for with the inbox of this process.
type Desk struct {
	// Box returns the inbox, nil while the bridge starts.
	Box   func() *inbox.Inbox
	Names Names
}

var _ Inbox = Desk{}

func (d Desk) open() (*inbox.Inbox, error) {
	if box := d.Box(); box != nil {
		return box, nil
	}
	return nil, exit.New(exit.TryAgain, "the bridge has not opened its inbox yet; it is still starting, see its log for what it waits for")
}

// List implements Inbox.
func (d Desk) List(ctx context.Context) ([]Row, error) {
	box, err := d.open()
	if err != nil {
		return nil, err
	}
	there, err := box.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the inbox: %w", err)
	}
	holds := map[int64][]int64{}
	for _, row := range there {
		if row.With != 0 {
			holds[row.With] = append(holds[row.With], row.ID)
		}
	}
	type place struct{ source, lane string }
	type lane struct{ name, waits string }
	lanes := map[place]lane{} // a lane of a thousand rows is asked about once
	rows := make([]Row, 0, len(there))
	for _, row := range there {
		at := place{row.Source, row.Lane}
		if _, known := lanes[at]; !known {
			var found lane
			if found.name, err = d.Names.Where(ctx, row.Row); err != nil {
				return nil, fmt.Errorf("name the lane of row %d: %w", row.ID, err)
			}
			if found.waits, err = d.Names.Waits(ctx, row.Row); err != nil {
				return nil, fmt.Errorf("find out what the lane of row %d waits for: %w", row.ID, err)
			}
			lanes[at] = found
		}
		made := makeRow(row, lanes[at].name, holds[row.ID])
		if made.Parked == nil {
			made.Waits = lanes[at].waits
		}
		rows = append(rows, made)
	}
	return rows, nil
}

// Show implements Inbox.
func (d Desk) Show(ctx context.Context, id int64, content bool) (Row, error) {
	box, err := d.open()
	if err != nil {
		return Row{}, err
	}
	row, err := d.find(ctx, id)
	if err != nil || !content {
		return row, err
	}
	full, err := box.Get(ctx, id)
	if err != nil {
		return Row{}, explain(id, err)
	}
	row.Content, err = d.Names.Content(ctx, full.Row)
	if why, hidden := withheld(err); hidden {
		row.Content, row.Withheld = "", why
		return row, nil
	}
	row.Content = secret.Redact(row.Content)
	return row, err
}

// find returns a row with what List says of it.
func (d Desk) find(ctx context.Context, id int64) (Row, error) {
	rows, err := d.List(ctx)
	if err != nil {
		return Row{}, err
	}
	at := slices.IndexFunc(rows, func(row Row) bool { return row.ID == id })
	if at < 0 {
		return Row{}, explain(id, inbox.ErrNoRow)
	}
	return rows[at], nil
}

// Retry implements Inbox.
func (d Desk) Retry(ctx context.Context, id int64) (int, error) {
	box, err := d.open()
	if err != nil {
		return 0, err
	}
	rows, err := box.Retry(ctx, id)
	return rows, explain(id, err)
}

// Drop implements Inbox.
func (d Desk) Drop(ctx context.Context, id int64) ([]int64, error) {
	box, err := d.open()
	if err != nil {
		return nil, err
	}
	row, err := d.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := box.Drop(ctx, id); err != nil {
		return nil, explain(id, err)
	}
	return append([]int64{id}, row.Holds...), nil
}

func explain(id int64, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, inbox.ErrNoRow):
		return exit.New(exit.Usage, "row %d is not in the inbox: it is done, was dropped, or never was; `slack-bridge inbox list` shows what is", id)
	default:
		return fmt.Errorf("row %d: %w", id, err)
	}
}

func makeRow(row inbox.Parked, where string, holds []int64) Row {
	made := Row{
		ID: row.ID, Source: row.Source, Key: row.Key, Kind: row.Kind, Lane: row.Lane, Where: where,
		Arrived: row.Arrived, Holds: holds,
	}
	if !row.Since.IsZero() {
		made.Parked = &Parking{Since: row.Since, Reason: secret.Redact(row.Reason), With: row.With}
	}
	return made
}
