package connector

import (
	"errors"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/slackapi"
)

var (
	errRowNotSaved = errors.New("posted to Slack, but not yet noted in the database")
	errNotYet      = errors.New("the bridge does not know yet who its Slack app is")
)

// ready returns who the app is, or why nothing can be sent: for ever, or not yet.
func (c *Client) ready() (*slackapi.Identity, error) {
	if why := c.unusable(); why != "" {
		return nil, errors.New("not connected to Slack: " + why)
	}
	if who := c.who(); who != nil {
		return who, nil
	}
	return nil, &RetryLater{Err: errNotYet, After: firstWait}
}

// outcome notes whether a Matrix event that failed is to be handled again, and
// returns what the framework shows of it: nothing while there is hope, else a
// notice that says why it is not in Slack.
func (c *Client) outcome(evt *event.Event, err error) error {
	if retry := retryOf(err); retry != nil {
		if !c.connector.verdicts.again(evt.ID, retry) {
			c.connector.later(evt, retry)
		}
		return bridgev2.WrapErrorInStatus(fmt.Errorf(logging.NotYet+"%w", err)).WithStatus(event.MessageStatusPending).WithSendNotice(false)
	}
	c.connector.verdicts.settled(evt.ID)
	return bridgev2.WrapErrorInStatus(err).WithStatus(event.MessageStatusFail).WithIsCertain(true).
		WithMessage(fmt.Sprintf("This is not in Slack: %s", err)).WithSendNotice(true)
}

// passBy is outcome for a message in which there is nothing for Slack: the room is
// not told.
func (c *Client) passBy(evt *event.Event, err error) error {
	c.connector.verdicts.settled(evt.ID)
	return bridgev2.WrapErrorInStatus(err).WithStatus(event.MessageStatusFail).WithIsCertain(true).WithSendNotice(false)
}

// retryOf returns when to handle an event again that failed with err, or nil if
// it would fail again.
func retryOf(err error) *RetryLater {
	var retry *RetryLater
	if errors.As(err, &retry) {
		return retry
	}
	after, _ := slackapi.RetryAfter(err)
	switch slackapi.KindOf(err) {
	case slackapi.Temporary, slackapi.RateLimited:
		return &RetryLater{Err: err, After: after}
	case 0:
		if passing(err) {
			return &RetryLater{Err: err}
		}
	}
	return nil
}
