package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// slackPatience is how long a handler waits for Slack's rate limits before its row gives
// way and is tried again later. No portal is locked meanwhile.
const slackPatience = 2 * time.Second

// errLoginGone is why the rows of a login that does not exist any more are parked.
const errLoginGone = "its login is gone"

// HandleSlack handles one row from Slack: an event, or a step that the bridge itself has
// added. See [inbox.Handle].
func (c *Connector) HandleSlack(ctx context.Context, row *inbox.Attempt) error {
	client := c.clients.of(loginOf(row.Source))
	if client == nil {
		return inbox.Park(errors.New(errLoginGone))
	}
	ctx = client.login.Log.With().Int64("row", row.ID).Str("row_key", row.Key).Logger().WithContext(ctx)
	err := client.handleRow(slackapi.WaitAtMost(ctx, slackPatience), row)
	if err == nil {
		err = client.putBackfill(ctx, row)
	}
	if err == nil && row.Kind == kindEvent {
		failpoint.Hit(failpoint.RowDone)
	}
	if err == nil {
		return nil
	}
	return c.orNext(row, orLater(client.orNewRoom(ctx, row, err)))
}

// orNext has a reading that waits for Slack's limits, behind the readings of other
// conversations, tried again when live events come that have to wait for it: then it goes
// before those.
func (c *Connector) orNext(row *inbox.Attempt, err error) error {
	after, later := inbox.LaterFrom(err)
	if !later || row.Kind == kindEvent || after <= shortWait || c.inbox.WaitingIn(row.Lane, 0) > 1 {
		return err
	}
	return inbox.LaterOrNext(after, err)
}

func (c *Client) handleRow(ctx context.Context, row *inbox.Attempt) error {
	if !isIDChange(row.Row) {
		if err := c.backfillFirst(ctx, row); err != nil {
			return err
		}
	}
	switch row.Kind {
	case kindEvent:
		return c.handleEvent(ctx, row)
	case kindResync:
		return c.handleResync(ctx, row)
	case kindCatchup:
		return c.handleCatchup(ctx, row)
	case kindThreads:
		return c.handleThreads(ctx, row)
	case kindSurvey:
		return c.handleSurvey(ctx, row)
	case kindStaged:
		return c.handleStaged(ctx, row)
	case kindPerson:
		return c.handlePerson(ctx, row)
	case kindJoiners:
		return c.handleJoiners(ctx, row)
	case kindCommand:
		return c.handleCommand(ctx, row)
	case kindAsk:
		return c.handleAsk(ctx, row)
	case kindReactors:
		return c.handleReactors(ctx, row)
	case kindLeave:
		return c.handleLeave(ctx, row)
	case kindPins:
		return c.handleFirstPins(ctx, row)
	default:
		return inbox.Park(fmt.Errorf("rows of kind %q are a newer bridge's", row.Kind))
	}
}

// orLater turns a wait for Slack's rate limits into one that does not count as a failure
// of the row.
func orLater(err error) error {
	if after, ok := slackapi.RetryAfter(err); ok {
		return inbox.Later(max(after, shortWait), err)
	}
	return err
}

// shortWait is the shortest time after which a waiting row is tried again.
const shortWait = 50 * time.Millisecond

// handler handles one event. Its error has the row tried again or parked.
type handler func(*Client, context.Context, *inbox.Attempt, slackevent.Event) error

// eventHandlers is the one table from event type to handler. Types that are not in it
// are acknowledged and dropped.
func eventHandlers() map[string]handler {
	return map[string]handler{
		"message":          on((*Client).handleMessage),
		"reaction_added":   on((*Client).handleReaction),
		"reaction_removed": on((*Client).handleReaction),

		"member_joined_channel": on((*Client).handleMembership),
		"member_left_channel":   on((*Client).handleMembership),
		"channel_left":          on((*Client).handleLeft),
		"group_left":            on((*Client).handleLeft),
		"channel_created":       on((*Client).handleChannelCreated),
		"channel_shared":        on((*Client).handleShared),
		"channel_unshared":      on((*Client).handleShared),
		"im_created":            on((*Client).handleIMCreated),
		"channel_archive":       on((*Client).handleArchive),
		"channel_unarchive":     on((*Client).handleArchive),
		"group_archive":         on((*Client).handleArchive),
		"group_unarchive":       on((*Client).handleArchive),
		"channel_deleted":       on((*Client).handleDeleted),
		"group_deleted":         on((*Client).handleDeleted),
		"channel_rename":        on((*Client).handleRename),
		"group_rename":          on((*Client).handleRename),
		"channel_id_changed":    on((*Client).handleIDChanged),
		"pin_added":             on((*Client).handlePin),
		"pin_removed":           on((*Client).handlePin),

		"emoji_changed":           on((*Client).handleEmojiChange),
		"channel_history_changed": on((*Client).handleHistoryChanged),
		"group_history_changed":   on((*Client).handleHistoryChanged),
		"im_history_changed":      on((*Client).handleHistoryChanged),

		"user_change":             on((*Client).handleUserChange),
		"user_profile_changed":    on((*Client).handleUserChange),
		"team_join":               on((*Client).handleUserChange),
		"team_rename":             on((*Client).handleTeamRename),
		"team_domain_change":      on((*Client).handleTeamDomainChange),
		"subteam_created":         on((*Client).handleUserGroup),
		"subteam_updated":         on((*Client).handleUserGroup),
		"subteam_members_changed": on((*Client).handleUserGroupMembers),
		"tokens_revoked":          on((*Client).handleTokensRevoked),

		"file_deleted": on((*Client).handleFileDeleted),
	}
}

// on makes a handler of a method that takes one kind of event.
func on[E slackevent.Event](handle func(*Client, context.Context, *inbox.Attempt, E) error) handler {
	return func(c *Client, ctx context.Context, row *inbox.Attempt, decoded slackevent.Event) error {
		event, ok := decoded.(E)
		if !ok {
			return inbox.Park(fmt.Errorf("event %s decoded as %T, not as its handler expects", row.Key, decoded))
		}
		return handle(c, ctx, row, event)
	}
}

// handleEvent passes a row's event to its handler.
func (c *Client) handleEvent(ctx context.Context, row *inbox.Attempt) error {
	event, ok := row.Decoded.(storedEvent)
	if !ok {
		var err error
		if event, err = decodeStored(row.Payload); err != nil {
			return inbox.Park(fmt.Errorf("read stored event %s: %w", row.Key, err))
		}
	}
	handle, known := c.connector.handlers[event.kind]
	if !known {
		zerolog.Ctx(ctx).Warn().Str("event_type", event.kind).Msg("A stored event is of a type that this version of the bridge does not handle")
		return nil
	}
	done, err := c.answered(ctx, row, event.event)
	if message, ok := event.event.(*slackevent.Message); ok && done && err == nil {
		if chosen, err := c.hearChoice(ctx, row, message); chosen || err != nil {
			return err
		}
		return c.greet(ctx, row, message)
	}
	if done || err != nil {
		return err
	}
	return handle(c, ctx, row, event.event)
}

// storedEvent is what a row's payload says.
type storedEvent struct {
	kind  string
	event slackevent.Event
}

func decodeStored(payload []byte) (storedEvent, error) {
	callback, err := slackevent.ParseCallback(payload)
	if err != nil {
		return storedEvent{}, err
	}
	event, err := slackevent.Decode(callback)
	return storedEvent{kind: callback.InnerType, event: event}, err
}
