package connector

import (
	"context"
	"errors"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
)

var errUnreadable = errors.New("what the message says is not of the form that Matrix gives it")

// tellUnreadable tells a person that what they said cannot be read. Only they can mend it, so it is
// not parked; their limit holds for it as for what can be read.
func (c *Connector) tellUnreadable(ctx context.Context, row *inbox.Attempt, evt *event.Event) error {
	if c.ignores(evt) {
		return nil
	}
	if !c.bridge.Config.Permissions.Get(evt.Sender).SendEvents {
		return c.tellNotPermitted(ctx, evt)
	}
	client, portal, err := c.speaker(ctx, evt)
	if err != nil || client == nil {
		return err // where no message goes to Slack, there is nothing to tell
	}
	if against, err := client.againstDirection(ctx, portal, evt); against || err != nil {
		return err
	}
	if done, err := c.mayNotSpeak(ctx, row, evt); done || err != nil {
		return err
	}
	return c.refuse(ctx, evt, refusal(errUnreadable))
}
