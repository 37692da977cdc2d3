package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// The event that a channel has another id may come late: Slack repeats what it could not
// deliver after a minute, and again after five. Until then Slack knows nothing of the old id,
// and lists a channel that the bridge does not know. It is the same channel if Slack made it
// at the same time, and it has the name that the old one had last. Then the bridge makes the
// event itself.

// changePatience is how long an event from Matrix waits in the room of a channel that Slack
// does not find: as long as Slack repeats an event, and a while.
const changePatience = 7 * time.Minute

// changeWait is the time between its tries.
const changeWait = 10 * time.Second

// listingAge is how old a list may be in which an event from Matrix has a channel looked for.
const listingAge = 30 * time.Second

var errPerhapsMoving = errors.New("the channel is not to be found in Slack; it may have another id, of which Slack has not told yet")

// idCallback is the content of a row that says that a channel has another id.
type idCallback struct {
	Type    string                       `json:"type"`
	TeamID  string                       `json:"team_id"`
	EventID string                       `json:"event_id"`
	Event   *slackevent.ChannelIDChanged `json:"event"`
}

// findMoves finds the channels of a list that the bridge knows under other ids, and puts the
// rows that move them. It reads the portals as they are stored: the framework's own are
// changed under their locks.
func (c *Client) findMoves(ctx context.Context, all []slackevent.Conversation) error {
	strangers, err := c.strangers(ctx, all)
	if err != nil || len(strangers) == 0 {
		return err
	}
	listed := map[networkid.PortalID]bool{}
	for _, conversation := range all {
		listed[slackid.MakePortalID(c.team, conversation.ID)] = true
	}
	portals, err := c.connector.db.PortalsOf(ctx, c.login.ID)
	if err != nil {
		return err
	}
	for _, key := range portals {
		if key.Receiver != "" || listed[key.ID] {
			continue
		}
		portal, err := c.connector.bridge.DB.Portal.GetByKey(ctx, key)
		if err != nil {
			return fmt.Errorf("load the portal %s: %w", key, err)
		}
		if portal == nil {
			continue
		}
		meta := portal.Metadata.(*PortalMetadata)
		found := slices.IndexFunc(strangers, meta.isOf)
		if found < 0 {
			continue
		}
		if err := c.foundMove(ctx, key, strangers[found]); err != nil {
			return err
		}
	}
	return nil
}

// know notes what a channel is known by, and says whether that is new.
func (m *PortalMetadata) know(conversation slackevent.Conversation) (changed bool) {
	if isDirect(conversation) {
		return false
	}
	made := m.Made
	if !conversation.Created.IsZero() {
		made = conversation.Created.Unix()
	}
	changed = m.ChannelName != conversation.Name || m.Made != made
	m.ChannelName, m.Made = conversation.Name, made
	return changed
}

// isOf says whether a portal's channel is this one, whatever its id.
func (m *PortalMetadata) isOf(conversation slackevent.Conversation) bool {
	return m.Made != 0 && m.Made == conversation.Created.Unix() &&
		(m.ChannelName == conversation.Name || slices.Contains(conversation.PreviousNames, m.ChannelName))
}

// strangers are the channels of a list that have no room.
func (c *Client) strangers(ctx context.Context, all []slackevent.Conversation) (strangers []slackevent.Conversation, err error) {
	for _, conversation := range all {
		if isDirect(conversation) || conversation.Created.IsZero() {
			continue
		}
		portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, c.conversations.keyOf(conversation))
		if err != nil {
			return nil, fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
		}
		if c.connector.roomOf(portal) == "" {
			strangers = append(strangers, conversation)
		}
	}
	return strangers, nil
}

// foundMove puts the row that moves a portal, if Slack has no channel of its id.
func (c *Client) foundMove(ctx context.Context, key networkid.PortalKey, now slackevent.Conversation) error {
	_, old, err := slackid.ParsePortalID(key.ID)
	if err != nil || old == "" {
		return err
	}
	if _, err := c.api.Conversation(ctx, old); !slackapi.HasCode(err, "channel_not_found") {
		return unreadable(ctx, err)
	}
	zerolog.Ctx(ctx).Info().Str("from", old).Str("to", now.ID).Msg("A channel that Slack lists is one of which it did not say that it has another id")
	return c.putMove(ctx, slackdb.Moved{Team: c.team, Old: old, New: now.ID})
}

// putMove puts the row of a move that Slack has not told of, and notes the move.
func (c *Client) putMove(ctx context.Context, moved slackdb.Moved) error {
	changed := &slackevent.ChannelIDChanged{Type: eventIDChanged, OldID: moved.Old, NewID: moved.New, EventTS: slackTS(time.Now())}
	key := "moved/" + moved.Old + "/" + moved.New
	payload, err := json.Marshal(idCallback{Type: slackevent.TypeEventCallback, TeamID: c.team, EventID: key, Event: changed})
	if err != nil {
		return fmt.Errorf("encode that %s has another id: %w", moved.Old, err)
	}
	moves := c.connector.moves
	moves.storing.Lock()
	defer moves.storing.Unlock()
	if known, noted := moves.get(slackid.MakePortalID(c.team, moved.Old)); noted && known.New != moved.New {
		return nil // its own row is on its way
	} else if noted {
		moved = known
	}
	_, err = c.connector.inbox.PutBatch(ctx, inbox.Batch{
		Rows: []inbox.Row{{
			Source: sourceOf(c.login.ID), Lane: c.lane(moved.Old), Kind: kindEvent, Key: key,
			Payload: payload, Decoded: storedEvent{kind: eventIDChanged, event: changed},
		}},
		Also: func(ctx context.Context) error { return c.connector.db.PutMove(ctx, moved) },
	})
	if err != nil {
		return fmt.Errorf("store that %s has another id: %w", moved.Old, err)
	}
	moves.put(moved)
	return nil
}

// unlessMoving returns why an event from Matrix is not in Slack, or that it is tried again
// because the channel that Slack does not find may have another id.
func (c *Client) unlessMoving(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, why error) error {
	if !slackapi.HasCode(why, "channel_not_found") || portal.Receiver != "" || c.connector.closureOf(portal) != "" {
		return why
	}
	moving, err := c.findMove(ctx, row, portal)
	switch {
	case err != nil && isTriedAgain(err):
		return err
	case moving:
		return inbox.Later(shortWait, errMoving)
	case time.Since(row.Arrived) < c.connector.scaled(changePatience):
		return inbox.Later(c.connector.scaled(changeWait), errPerhapsMoving)
	}
	return why
}

// findMove says whether a portal's channel that Slack does not find has another id. Slack is
// asked for its list unless it was since the row came, and not long ago.
func (c *Client) findMove(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal) (moving bool, err error) {
	if c.isMoving(portal) {
		return true, nil
	}
	since := row.Arrived
	if recent := time.Now().Add(-listingAge); recent.After(since) {
		since = recent
	}
	all, err := c.listed(slackapi.Background(ctx), since)
	if err != nil {
		return false, unreadable(ctx, err)
	}
	err = c.findMoves(slackapi.Background(ctx), all)
	return c.isMoving(portal), err
}
