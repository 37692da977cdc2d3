package connector

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// A channel may get another id, for example when it is shared with another workspace. The
// change is noted with the event. From then on everything that names the old id counts for
// the new one, and waits behind the event in the lane of the old id. When it is the event's
// turn, one transaction brings the portal, its messages and whatever waits under the new id.

const eventIDChanged = "channel_id_changed"

// errMoving is why something is tried again that was about the old id.
var errMoving = errors.New("the channel gets another id; it is tried again under that")

// moves are the channels that have other ids now.
type moves struct {
	// storing is held for reading while events are stored, so that none goes into the lane
	// of an old id any more once that lane was moved.
	storing sync.RWMutex

	mu sync.RWMutex
	to map[networkid.PortalID]slackdb.Moved // by the old id
}

func newMoves() *moves { return &moves{to: map[networkid.PortalID]slackdb.Moved{}} }

func (m *moves) load(ctx context.Context, db *slackdb.DB) error {
	all, err := db.Moves(ctx)
	for _, moved := range all {
		m.put(moved)
	}
	return err
}

func (m *moves) put(moved slackdb.Moved) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.to, slackid.MakePortalID(moved.Team, moved.New))
	m.to[slackid.MakePortalID(moved.Team, moved.Old)] = moved
}

// get returns the move away from an id, if it was noted.
func (m *moves) get(old networkid.PortalID) (slackdb.Moved, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	moved, noted := m.to[old]
	return moved, noted
}

// isDone says whether everything of an id is under another one now.
func (m *moves) isDone(old networkid.PortalID) bool {
	moved, noted := m.get(old)
	return noted && moved.Done
}

// isNew says whether a channel had another id before.
func (m *moves) isNew(id networkid.PortalID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, moved := range m.to {
		if slackid.MakePortalID(moved.Team, moved.New) == id {
			return true
		}
	}
	return false
}

// current returns the newest id of a channel.
func (m *moves) current(team, channel string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for range m.to {
		moved, noted := m.to[slackid.MakePortalID(team, channel)]
		if !noted {
			break
		}
		channel = moved.New
	}
	return channel
}

// idsOf returns the ids of a channel, the one that it is asked for by and those that it had
// before: the configuration may name any of them.
func (m *moves) idsOf(team, channel string) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ids := []string{channel}
	for i := 0; i < len(ids); i++ {
		for _, moved := range m.to {
			if moved.Team == team && moved.New == ids[i] && !slices.Contains(ids, moved.Old) {
				ids = append(ids, moved.Old)
			}
		}
	}
	return ids
}

// ordered returns the id whose lane a channel's rows are in: the old one until its turn has
// come to be moved.
func (m *moves) ordered(team, channel string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, moved := range m.to {
		if moved.Team == team && moved.New == channel && !moved.Done {
			return moved.Old
		}
	}
	return channel
}

// rewrite puts the new ids into what Slack sent under old ones, nil if there is nothing to
// change.
func (m *moves) rewrite(team string, payload []byte) (rewritten []byte) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for range m.to { // the new id may have changed too
		before := payload
		for _, moved := range m.to {
			if moved.Team == team {
				payload = moved.Rewrite(payload)
			}
		}
		if bytes.Equal(payload, before) {
			break
		}
		rewritten = payload
	}
	return rewritten
}

// announceMove notes the move that a row is about which is about to be stored.
func (s *session) announceMove(ctx context.Context, row inbox.Row) error {
	stored, _ := row.Decoded.(storedEvent)
	if event, ok := stored.event.(*slackevent.ChannelIDChanged); ok {
		return s.client.announceMove(ctx, event)
	}
	return nil
}

// announceMove notes that a channel has another id, if that is not known.
func (c *Client) announceMove(ctx context.Context, event *slackevent.ChannelIDChanged) error {
	if _, noted := c.connector.moves.get(slackid.MakePortalID(c.team, event.OldID)); noted || event.OldID == event.NewID {
		return nil
	}
	moved := slackdb.Moved{Team: c.team, Old: event.OldID, New: event.NewID}
	if err := c.connector.db.PutMove(ctx, moved); err != nil {
		return err
	}
	c.connector.moves.put(moved)
	return nil
}

// isIDChange says whether a row is the event that a channel has another id.
func isIDChange(row inbox.Row) bool {
	if row.Kind != kindEvent {
		return false
	}
	stored, ok := row.Decoded.(storedEvent)
	if !ok {
		callback, err := slackevent.ParseCallback(row.Payload)
		return err == nil && callback.InnerType == eventIDChanged
	}
	return stored.kind == eventIDChanged
}

// isMoving says whether a portal that was loaded is one of an old id.
func (c *Client) isMoving(portal *bridgev2.Portal) bool {
	_, noted := c.connector.moves.get(portal.ID)
	return noted
}

// handleIDChanged handles channel_id_changed.
func (c *Client) handleIDChanged(ctx context.Context, row *inbox.Attempt, event *slackevent.ChannelIDChanged) error {
	if event.OldID == event.NewID {
		return nil
	}
	if err := c.announceMove(ctx, event); err != nil {
		return err
	}
	moved, _ := c.connector.moves.get(slackid.MakePortalID(c.team, event.OldID))
	if !moved.Done {
		if c.connector.inbox.WaitingIn(c.team+"/"+moved.New, 0) > 0 {
			return inbox.Later(shortWait, errMoving) // events that came before this one
		}
		if err := c.move(ctx, row, moved); err != nil {
			return err
		}
	}
	return c.afterMove(ctx, row, moved, event)
}

// move brings a channel under its new id, under its portal's lock.
func (c *Client) move(ctx context.Context, row *inbox.Attempt, moved slackdb.Moved) error {
	portal, err := c.portalOf(ctx, moved.Old)
	if err != nil {
		return err
	}
	other, err := c.portalOf(ctx, moved.New)
	if err != nil {
		return err
	}
	if c.connector.roomOf(portal) == "" { // a room of the new id goes on
		if portal != nil {
			if err := portal.Delete(ctx); err != nil {
				return wrapped(err, "forget the portal %s", portal.PortalKey)
			}
		}
		return c.finishMove(ctx, row, moved)
	}
	if other != nil {
		if err := c.makeWay(ctx, other, portal); err != nil {
			return err
		}
	}
	return c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			if err := c.finishMove(ctx, row, moved); err != nil {
				return err
			}
			// Nothing is stored under the old id any more: the framework only forgets the
			// portal, and reads it under the new id the next time.
			return wrapped(portal.Delete(ctx), "forget the portal %s", portal.PortalKey)
		},
	})
}

// makeWay frees the new id: if events under it came before this one, it has a portal. The
// room of that one stays as it is, says where the channel goes on, and is not bridged.
func (c *Client) makeWay(ctx context.Context, other, portal *bridgev2.Portal) error {
	if room := c.connector.roomOf(other); room != "" {
		if err := c.connector.notice(ctx, room, "This channel goes on in "+c.connector.roomLink(c.connector.roomOf(portal))+"."); err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not say where a channel goes on")
		}
	}
	return wrapped(other.Delete(ctx), "make way for %s", portal.PortalKey)
}

// finishMove makes the transaction.
func (c *Client) finishMove(ctx context.Context, row *inbox.Attempt, moved slackdb.Moved) error {
	connector := c.connector
	connector.moves.storing.Lock()
	defer connector.moves.storing.Unlock()
	from, to := c.team+"/"+moved.Old, c.team+"/"+moved.New
	kept := false
	err := connector.inbox.Rename(ctx, row, inbox.Renaming{
		Lanes: map[string]string{from: to, from + besideLane: to + besideLane, c.lane("") + joinersLane: c.lane("") + joinersLane},
		Old:   moved.Old, New: moved.New,
		Content: func(row inbox.Row) (payload, progress []byte, ok bool) {
			if row.Kind == kindResync && string(row.Payload) == moved.Old {
				return []byte(moved.New), row.Progress, true
			}
			return moved.Rewrite(row.Payload), moved.Rewrite(row.Progress), !isIDChange(row)
		},
		Also: func(ctx context.Context) (err error) {
			kept, err = connector.db.FinishMove(ctx, moved)
			return err
		},
	})
	if err != nil {
		return err
	}
	moved.Done = true
	connector.moves.put(moved)
	connector.consents.rename(moved, kept)
	connector.deletions.rename(slackid.MakePortalID(c.team, moved.Old), slackid.MakePortalID(c.team, moved.New))
	for _, client := range connector.clients.all() {
		if client.team == c.team {
			client.conversations.forget(moved.Old)
			client.backfills.rename(moved.Old, moved.New, kept)
		}
	}
	zerolog.Ctx(ctx).Info().Str("from", moved.Old).Str("to", moved.New).Msg("A channel has another id")
	return nil
}

// afterMove has the room brought up to date, and what may have been missed meanwhile read.
func (c *Client) afterMove(ctx context.Context, row *inbox.Attempt, moved slackdb.Moved, event *slackevent.ChannelIDChanged) error {
	key := networkid.PortalKey{ID: slackid.MakePortalID(c.team, moved.New)}
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	err = c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			portal.UpdateBridgeInfo(ctx)
			return nil
		},
	})
	if err != nil {
		return err
	}
	reading, err := c.catchupRow(kindCatchup, span{Channel: moved.New, Since: toldAt(row, event.EventTS)})
	if err != nil {
		return err
	}
	reading.Key += " after " + row.Key
	_, err = c.connector.inbox.Put(ctx, c.resyncRow(slackevent.Conversation{ID: moved.New}, row.Key), reading)
	return err
}
