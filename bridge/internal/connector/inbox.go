package connector

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

const (
	// handlerGrace is how long a row that is being handled may go on when the bridge
	// stops. See docs/reliability.md for the whole stop.
	handlerGrace = 4 * time.Second
	// pruneEvery is how often the keys of finished rows are forgotten.
	pruneEvery = 6 * time.Hour
)

// openInbox opens the inbox in the bridge's database.
func (c *Connector) openInbox(ctx context.Context) (err error) {
	c.inbox, err = inbox.Open(ctx, inbox.Options{DB: c.bridge.DB.Database, DBLog: c.dbLog("inbox"), Log: c.options.Log, Done: c.options.Done})
	if err == nil {
		c.opened.Store(c.inbox)
	}
	return err
}

// Inbox is the inbox that holds the rows of both directions, nil before Start.
func (c *Connector) Inbox() *inbox.Inbox { return c.opened.Load() }

// matrixWorkers limits how many rooms are bridged to Slack at once.
const matrixWorkers = 16

// MatrixPolicy says how the homeserver's rows are handled.
func (c *Connector) MatrixPolicy() inbox.Policy {
	return inbox.Policy{Workers: matrixWorkers, Transient: transient, Parked: c.tellParkedFromMatrix, Grace: handlerGrace}
}

// RoomsByActivity returns the bridged rooms, the one with the newest message first.
func (c *Connector) RoomsByActivity(ctx context.Context) ([]id.RoomID, error) {
	return c.db.RoomsByActivity(ctx)
}

// ParkOrphans parks the rows of logins that are gone. It is called once all logins are
// loaded.
func (c *Connector) ParkOrphans(ctx context.Context) error {
	backlog, err := c.inbox.Backlog(ctx)
	if err != nil {
		return err
	}
	for source, rows := range backlog {
		if rows.Waiting == 0 || !strings.HasPrefix(source, sourcePrefix) || c.clients.of(loginOf(source)) != nil {
			continue
		}
		c.bridge.Log.Warn().Str("source", source).Int("rows", rows.Waiting).Msg("Parked what waits for a login that is gone; a new login of the same app takes it up")
		if err := c.inbox.ParkSource(ctx, source, errLoginGone); err != nil {
			return err
		}
	}
	return nil
}

// pruneInbox keeps the inbox small until the connector stops.
func (c *Connector) pruneInbox() {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		_, err := c.inbox.Prune(c.stopping)
		if err == nil {
			err = c.db.PruneGone(c.stopping, time.Now().Add(-inbox.KeepKeys))
		}
		if err == nil {
			err = c.pruneStaged(c.stopping)
		}
		if err == nil {
			err = c.sweepErased(c.stopping)
		}
		if err != nil && c.stopping.Err() == nil {
			c.bridge.Log.Warn().Err(err).Msg("Could not prune the inbox, will try again")
		}
		select {
		case <-ticker.C:
		case <-c.stopping.Done():
			return
		}
	}
}
