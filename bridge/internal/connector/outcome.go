package connector

import (
	"errors"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/slackapi"
)

var (
	errRowNotSaved = errors.New("posted to Slack, but not yet noted in the database")
	errNotYet      = errors.New("the bridge does not know yet who its Slack app is")
)

// ready returns who the app is, or why nothing can be sent: for good, or not yet.
func (c *Client) ready() (*slackapi.Identity, error) {
	if why := c.unusable(); why != "" {
		return nil, errors.New("not connected to Slack: " + why)
	}
	if who := c.who(); who != nil {
		return who, nil
	}
	return nil, inbox.Later(firstWait, errNotYet)
}

// readyIn is ready for what is said in a portal's room.
func (c *Client) readyIn(portal *bridgev2.Portal) (*slackapi.Identity, error) {
	if err := c.connector.closureOf(portal).refusal(); err != nil {
		return nil, err
	}
	return c.ready()
}

// fail notes why an event is not in Slack and returns what the framework gets to see.
// It says nothing to the sender: what is refused for good is told by refuse.
func (a *attempt) fail(err error) error {
	if comesBack(err) {
		a.err = err
		return bridgev2.WrapErrorInStatus(fmt.Errorf(logging.NotYet+"%w", err)).WithStatus(event.MessageStatusPending).WithSendNotice(false)
	}
	a.err, a.refused = nil, refusal(err)
	return bridgev2.WrapErrorInStatus(err).WithStatus(event.MessageStatusPending).WithSendNotice(false)
}

// passBy ends an event in which there is nothing for Slack: the room is not told.
func (a *attempt) passBy(err error) error {
	a.err, a.refused = nil, bridgev2.WrapErrorInStatus(err).WithStatus(event.MessageStatusFail).WithIsCertain(true).WithSendNotice(false)
	return a.refused
}

// comesBack says whether an event that failed with err is tried again.
func comesBack(err error) bool {
	if _, later := inbox.LaterFrom(err); later {
		return true
	}
	_, passes := transient(err)
	return passes
}
