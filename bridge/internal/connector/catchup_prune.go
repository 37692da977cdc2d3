package connector

import (
	"context"
	"encoding/json"
	"errors"

	"ops-jrz1/bridge/internal/inbox"
)

// pruneStaged forgets what was staged for rows that an operator has dropped.
func (c *Connector) pruneStaged(ctx context.Context) error {
	staged, err := c.db.StagedRows(ctx) // first: what is staged afterwards is not looked at
	if err != nil || len(staged) == 0 {
		return err
	}
	wanted, err := c.bases(ctx)
	if err != nil {
		return err
	}
	for _, row := range staged {
		if wanted[row] {
			continue
		}
		if err := c.db.DropAllStaged(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// bases are the rows for which the readings that are under way have staged something.
func (c *Connector) bases(ctx context.Context) (map[int64]bool, error) {
	rows, err := c.inbox.List(ctx)
	if err != nil {
		return nil, err
	}
	bases := map[int64]bool{}
	for _, listed := range rows {
		if listed.Kind != kindCatchup && listed.Kind != kindThreads {
			continue
		}
		bases[listed.ID] = true
		row, err := c.inbox.Get(ctx, listed.ID)
		if errors.Is(err, inbox.ErrNoRow) {
			continue
		} else if err != nil {
			return nil, err
		}
		var state catchupState
		if json.Unmarshal(row.Progress, &state) == nil {
			bases[state.Base] = true
		}
	}
	return bases, nil
}
