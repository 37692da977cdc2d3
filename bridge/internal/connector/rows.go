package connector

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackid"
)

const (
	// handlerGrace is how long a row that is being handled may go on when the bridge
	// stops. See docs/reliability.md for the whole stop.
	handlerGrace = 4 * time.Second
	// pruneEvery is how often keys of rows that are done are forgotten.
	pruneEvery = 6 * time.Hour
)

// openInbox opens the inbox in the bridge's database.
func (c *Connector) openInbox(ctx context.Context) (err error) {
	c.inbox, err = inbox.Open(ctx, inbox.Options{DB: c.bridge.DB.Database, DBLog: c.dbLog("inbox"), Log: c.options.Log})
	if err == nil {
		c.opened.Store(c.inbox)
	}
	return err
}

// Inbox is the inbox that holds the rows of both directions, nil before Start.
func (c *Connector) Inbox() *inbox.Inbox { return c.opened.Load() }

// matrixWorkers bounds how many rooms are brought to Slack at once.
const matrixWorkers = 16

// MatrixPolicy says how the homeserver's rows are handled.
func (c *Connector) MatrixPolicy() inbox.Policy {
	return inbox.Policy{Workers: matrixWorkers, Transient: transient, Parked: c.tellParkedEvent, Grace: handlerGrace}
}

// RoomsByActivity returns the bridged rooms, the one with the newest message first.
func (c *Connector) RoomsByActivity(ctx context.Context) ([]id.RoomID, error) {
	return c.db.RoomsByActivity(ctx)
}

// ParkOrphans parks the rows of logins that are gone. It is called when all logins are
// loaded.
func (c *Connector) ParkOrphans(ctx context.Context) error {
	backlog, err := c.inbox.Backlog(ctx)
	if err != nil {
		return err
	}
	for source, rows := range backlog {
		if rows.Waiting == 0 || !strings.HasPrefix(source, sourcePrefix) || c.apps.of(loginOf(source)) != nil {
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

// tellParked tells the login's owner that a row from Slack is parked.
func (c *Client) tellParked(ctx context.Context, row inbox.Parked) error {
	where := "something from Slack"
	if _, channel, ok := strings.Cut(row.Lane, "/"); ok && channel != "" {
		where = c.describe(channel)
	}
	return c.connector.tellOwner(ctx, c, parkedText(where, row))
}

// describe names a conversation as people know it.
func (c *Client) describe(channel string) string {
	if conversation, known := c.places.cached(channel); known && conversation.Name != "" {
		return "something from #" + conversation.Name
	}
	return "something from Slack's conversation " + channel
}

// tellParkedEvent tells the owner of a room's login that an event from Matrix is
// parked. One of a room that has none has no person who could do anything, and is in
// the log and in the list.
func (c *Connector) tellParkedEvent(ctx context.Context, row inbox.Parked) error {
	if row.Kind != matrixevent.KindEvent {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, id.RoomID(row.Lane))
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", row.Lane, err)
	}
	if portal == nil {
		return nil
	}
	client := c.relayOf(portal)
	if client == nil {
		return nil
	}
	where := "something from Matrix"
	if _, channel, err := slackid.ParsePortalID(portal.ID); err == nil && channel != "" {
		where = "something that was said in Matrix, in " + portal.Name
	}
	return c.tellOwner(ctx, client, parkedText(where, row))
}

func parkedText(where string, row inbox.Parked) string {
	return fmt.Sprintf("The bridge could not carry over %s: %s. It is kept as row %d. When the reason is gone, `!slack inbox retry %d` tries it again; `!slack inbox drop %d` gives it up.",
		where, row.Reason, row.ID, row.ID, row.ID)
}

// tellOwner says something in the management room of a login's owner.
func (c *Connector) tellOwner(ctx context.Context, client *Client, text string) error {
	room, err := client.login.User.GetManagementRoom(ctx)
	if err != nil {
		return fmt.Errorf("open the management room of %s: %w", client.login.UserMXID, err)
	}
	content := format.RenderMarkdown(text, true, false)
	content.MsgType = event.MsgNotice
	content.Mentions = &event.Mentions{}
	if _, err := c.bridge.Bot.SendMessage(ctx, room, event.EventMessage, &event.Content{Parsed: &content}, nil); err != nil {
		return fmt.Errorf("say it in the management room of %s: %w", client.login.UserMXID, err)
	}
	zerolog.Ctx(ctx).Debug().Stringer("room_id", room).Msg("Told the login's owner")
	return nil
}
