package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
)

// remoteEvent is what all events that the connector queues into a portal have in common.
// It also carries the real outcome of handling the event: the framework reports success
// in some cases that are failures.
type remoteEvent struct {
	kind   bridgev2.RemoteEventType
	portal networkid.PortalKey
	sender bridgev2.EventSender
	at     time.Time
	create bool
	plan   *sendPlan
	err    error
	// after is run when the portal has handled the event, under its lock.
	after func(context.Context, *bridgev2.Portal)
}

var _ interface {
	bridgev2.RemoteEventThatMayCreatePortal
	bridgev2.RemoteEventWithTimestamp
	bridgev2.RemoteEventWithContextMutation
	bridgev2.RemotePostHandler
} = (*remoteEvent)(nil)

func (e *remoteEvent) GetType() bridgev2.RemoteEventType                 { return e.kind }
func (e *remoteEvent) GetPortalKey() networkid.PortalKey                 { return e.portal }
func (e *remoteEvent) AddLogContext(log zerolog.Context) zerolog.Context { return log }
func (e *remoteEvent) GetSender() bridgev2.EventSender                   { return e.sender }
func (e *remoteEvent) GetTimestamp() time.Time                           { return e.at }
func (e *remoteEvent) ShouldCreatePortal() bool                          { return e.create }
func (e *remoteEvent) MutateContext(ctx context.Context) context.Context {
	if e.plan == nil {
		return ctx
	}
	return withSendPlan(ctx, e.plan)
}

// PostHandle implements bridgev2.RemotePostHandler.
func (e *remoteEvent) PostHandle(ctx context.Context, portal *bridgev2.Portal) {
	if e.after != nil {
		e.after(ctx, portal)
	}
}

// fail keeps the error and returns one on which the framework stops without
// posting a notice into the room: the row is tried again.
func (e *remoteEvent) fail(err error) error {
	e.err = err
	return errors.Join(bridgev2.ErrIgnoringRemoteEvent, err)
}

func (e *remoteEvent) failure() error { return e.err }

var errNotHandled = errors.New("the framework did not handle the event and gave no reason")

// submit handles an event in its portal, waits for the end and returns what went
// wrong. row is the row that it belongs to, or nil.
func (c *Client) submit(ctx context.Context, row *inbox.Attempt, event interface {
	bridgev2.RemoteEvent
	failure() error
},
) error {
	if c.connector.moves.isDone(event.GetPortalKey().ID) {
		return inbox.Later(shortWait, errMoving) // its row has the new id when it is tried again
	}
	if err := c.prepare(ctx, event.GetSender().Sender); err != nil {
		return err
	}
	if change, ok := event.(*infoChange); ok && change.change.MemberChanges != nil {
		// In two rooms at once the framework would give a ghost its name twice.
		if err := c.prepareAll(ctx, change.change.MemberChanges); err != nil {
			return err
		}
	}
	if err := c.letSpeak(ctx, event.GetPortalKey(), event.GetSender().Sender); err != nil {
		return err
	}
	after, err := c.empower(ctx, event)
	if err != nil {
		return err
	}
	err = c.queue(event)
	if err == nil && after {
		err = c.giveRoleIn(ctx, event.GetPortalKey(), event.GetSender().Sender)
	}
	if err != nil && row != nil {
		row.Doubt() // the next try looks for what was sent before the failure
	}
	return c.orWithPower(event.GetPortalKey(), event.GetSender().Sender, err)
}

// queue passes an event to its portal and returns the outcome.
func (c *Client) queue(event interface {
	bridgev2.RemoteEvent
	failure() error
},
) error {
	result := c.login.QueueRemoteEvent(event)
	stopped := c.connector.bridge.BackgroundCtx.Err()
	switch {
	case stopped != nil:
		// The framework skips what it could not do any more, such as adding people to a
		// new room, and calls that a success.
		return fmt.Errorf("the bridge stopped meanwhile: %w", stopped)
	case event.failure() != nil:
		return event.failure()
	case result.Success:
		return nil
	case result.Error != nil:
		return result.Error
	default:
		return errNotHandled
	}
}

// action is something done in a portal under its lock, instead of one of the
// framework's own kinds of events.
type action struct {
	remoteEvent
	do func(context.Context, *bridgev2.Portal) error
}

var _ bridgev2.RemotePreHandler = (*action)(nil)

// PreHandle implements bridgev2.RemotePreHandler; with the event type unknown,
// the framework itself does nothing more.
func (a *action) PreHandle(ctx context.Context, portal *bridgev2.Portal) { a.err = a.do(ctx, portal) }
