package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackapi"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
)

// attempt is one try to handle an event from Matrix, which the framework passes on to a
// Handle… method: what is known about it, and how it ended. The framework's own result is
// not enough: it also reports success when a row could not be written.
type attempt struct {
	*inbox.Attempt
	// pieces are the ts of the pieces of the event that are already in Slack.
	pieces []string
	// files are what the event brings and Slack does not have, upload how far they are, and
	// shared the ts of the message that shows them. badFiles say which of them it does not
	// show, and why; with noFiles it shows none. sameFiles says that an edit changes nothing
	// about those that it shows.
	files     []*matrixFile
	upload    *keptUpload
	shared    string
	badFiles  []*fileError
	noFiles   bool
	sameFiles bool
	// shows says that the message which an edit changes shows files.
	shows bool
	// notInChannel is why the files are in their thread and not in the channel too, as asked.
	notInChannel error
	// reached says that one of the connector's methods was called.
	reached bool
	// since is when the event may first have been posted by a process that left no row of
	// it; the zero time if none may have. With restored, its row may have been in the database
	// that was there before a backup was put back.
	since    time.Time
	restored bool
	// err is the method's error, refused why the event is not in Slack and will not be.
	// With neither, the event is done.
	err, refused error
}

// attempts are the events that are being handled. The framework passes the methods the
// event's own object, but not the caller's context.
type attempts struct {
	mu      sync.Mutex
	byEvent map[*event.Event]*attempt
}

func (a *attempts) begin(row *inbox.Attempt, evt *event.Event, restored time.Time) (*attempt, error) {
	kept, err := keptProgress(row.Progress)
	if err != nil {
		return nil, inbox.Park(fmt.Errorf("read the progress of %s: %w", row.Key, err))
	}
	begun := &attempt{
		Attempt: row, pieces: kept.Pieces, upload: kept.Upload,
		since: postedSince(row, evt, restored), restored: mayBeRestored(row, evt, restored),
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byEvent == nil {
		a.byEvent = map[*event.Event]*attempt{}
	}
	a.byEvent[evt] = begun
	return begun, nil
}

// mayBeRestored says whether an event may have had its row in the database that was there
// before a backup was put back: it was said before, and read from its room since.
func mayBeRestored(row *inbox.Attempt, evt *event.Event, restored time.Time) bool {
	return row.Kind == matrixevent.KindRecovered && time.UnixMilli(evt.Timestamp).Before(restored.Add(clocksApart))
}

// postedSince is when an event may first have been posted without a row that says so.
func postedSince(row *inbox.Attempt, evt *event.Event, restored time.Time) time.Time {
	switch {
	case mayBeRestored(row, evt, restored):
		return time.UnixMilli(evt.Timestamp)
	case row.Unsure:
		return row.Arrived
	default:
		return time.Time{}
	}
}

// restoredAt reads when a backup was put back; the zero time means never.
func restoredAt(kept string) time.Time {
	at, err := time.Parse(time.RFC3339, kept)
	if err != nil {
		return time.Time{}
	}
	return at
}

// clocksApart is how far the homeserver's clock may be ahead of this machine's.
const clocksApart = time.Minute

func (a *attempts) end(evt *event.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byEvent, evt)
}

// of returns the attempt at an event; every event that reaches a method has one.
func (a *attempts) of(evt *event.Event) (*attempt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.byEvent[evt]
	if found == nil {
		return nil, fmt.Errorf("event %s was not handed over by HandleMatrix", evt.ID)
	}
	found.reached = true
	return found, nil
}

// errNotReached is why an event is tried again that the framework dropped silently.
var errNotReached = errors.New("the framework did not handle the event and gave no reason; its log may say why")

// judge returns the outcome of an event that was passed to the framework: why it is
// refused permanently, or why it has to be tried again. With neither it is done.
func (a *attempt) judge(result bridgev2.EventHandlingResult) (refused, again error) {
	switch {
	case a.reached:
		return a.refused, a.err
	case result.Error == nil && !result.Success:
		return nil, errNotReached
	case result.Error == nil:
		return nil, nil
	}
	if _, atDatabase := database.Passes(result.Error); atDatabase || isTriedAgain(result.Error) {
		return nil, result.Error
	}
	return result.Error, nil
}

// progress is what is kept of an attempt in its row.
type progress struct {
	Pieces []string    `json:"pieces,omitempty"`
	Upload *keptUpload `json:"upload,omitempty"`
}

// keptProgress returns what was kept. Unreadable progress is an error, not an
// empty one: otherwise what is in Slack would be posted again.
func keptProgress(kept []byte) (p progress, err error) {
	if len(kept) == 0 {
		return p, nil
	}
	err = json.Unmarshal(kept, &p)
	return p, err
}

// keepPieces notes the pieces that are in Slack, together with what also writes.
func (a *attempt) keepPieces(ctx context.Context, pieces []string, also func(context.Context) error) error {
	if err := a.keep(ctx, progress{Pieces: pieces, Upload: a.upload}, also); err != nil {
		return err
	}
	a.pieces = pieces
	return nil
}

// keepUpload notes how far the event's files are, together with what also writes.
func (a *attempt) keepUpload(ctx context.Context, upload keptUpload, also func(context.Context) error) error {
	if err := a.keep(ctx, progress{Pieces: a.pieces, Upload: &upload}, also); err != nil {
		return err
	}
	a.upload = &upload
	return nil
}

func (a *attempt) keep(ctx context.Context, p progress, also func(context.Context) error) error {
	kept, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the progress of %s: %w", a.Key, err)
	}
	return a.KeepWith(ctx, kept, also)
}

var (
	errRowNotSaved = errors.New("posted to Slack, but not yet noted in the database")
	errNotYet      = errors.New("the bridge does not know yet who its Slack app is")
)

// ready returns who the app is, or why nothing can be sent: permanently, or not yet.
func (c *Client) ready() (*slackapi.Identity, error) {
	if why := c.unusable(); why != "" {
		return nil, errors.New("not connected to Slack: " + why)
	}
	if who := c.who(); who != nil {
		return who, nil
	}
	return nil, inbox.Later(firstWait, errNotYet)
}

// readyIn is ready for events of a portal's room.
func (c *Client) readyIn(portal *bridgev2.Portal) (*slackapi.Identity, error) {
	if err := c.connector.closureOf(portal).refusal(); err != nil {
		return nil, err
	}
	if c.isMoving(portal) {
		return nil, inbox.Later(shortWait, errMoving)
	}
	return c.ready()
}

// fail notes why an event is not in Slack and returns the error for the framework. It
// does not tell the sender: refuse does, if the event is refused permanently. An event that
// may be in Slack, where it cannot be looked for, is neither refused nor sent again: its row is
// kept until a person has it tried again.
func (a *attempt) fail(err error) error {
	if slackapi.MayHaveHappened(err) && !isTriedAgain(err) {
		err = inbox.Park(err)
	}
	if inbox.IsPark(err) || isTriedAgain(err) {
		a.err = err
		return bridgev2.WrapErrorInStatus(fmt.Errorf(logging.NotYet+"%w", err)).WithStatus(event.MessageStatusPending).WithSendNotice(false)
	}
	a.err, a.refused = nil, refusal(err)
	return untold(a.refused)
}

// skip ends an event that has nothing for Slack: the room is not told.
func (a *attempt) skip(err error) error {
	a.err, a.refused = nil, bridgev2.WrapErrorInStatus(err).WithStatus(event.MessageStatusFail).WithIsCertain(true).WithSendNotice(false)
	return untold(a.refused)
}

// untold is a refusal for the framework, of which it tells the room nothing: refuse does. The
// framework's Matrix connector sends each status in a goroutine of its own, so one of its own
// could come after refuse's and replace it.
func untold(refused error) error {
	status := bridgev2.WrapErrorInStatus(refused).WithSendNotice(false)
	status.DisableMSS = true
	return status
}

// isTriedAgain says whether an event that failed with err is tried again.
func isTriedAgain(err error) bool {
	if _, later := inbox.LaterFrom(err); later {
		return true
	}
	_, passes := transient(err)
	return passes
}
