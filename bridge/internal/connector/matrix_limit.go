package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

// A person in Matrix who sends more than network.sender_limit within a minute is told so once,
// and what is above the limit goes to Slack at the pace of the limit. Its row waits at the head
// of its room's lane, without a worker and without a lock: a room is kept in order, so what
// others say in that room comes after it, and other rooms go on. By default the pace is faster
// than what Slack takes in one channel. A person who floods a room can be muted: what
// still waits is refused then.

const (
	limitWindow = time.Minute
	// limitQuiet is how long a person must be within the limit before they are told again
	// that they are above it.
	limitQuiet = 5 * time.Minute
	// limitLook is how long a row waits at most before it is looked at again: its sender may have
	// been muted.
	limitLook = 5 * time.Second
)

var errAboveLimit = errors.New("its sender is above network.sender_limit")

// senderLimits spaces what each person in Matrix sends. Times are when it was said: what
// comes late after an outage of the bridge is not too much at once.
type senderLimits struct {
	perMinute int
	now       func() time.Time

	mu     sync.Mutex
	people map[id.UserID]*senderPace
	swept  time.Time
}

// senderPace is what one person has sent of late.
type senderPace struct {
	// used is until when the limit is used up: each event moves it by its share of a minute.
	// A minute ahead of the newest event is what may be sent at once.
	used, newest time.Time
	rooms        map[id.RoomID]*senderTurn
}

// senderTurn is about the last event of a person in a room: the one before it is done, since a
// room is one lane.
type senderTurn struct {
	event id.EventID
	// due is when it may go to Slack.
	due   time.Time
	above bool
	// told says that the sender knows that they are above the limit, and slowed when an event of
	// theirs last was.
	told          bool
	asked, slowed time.Time
}

func newSenderLimits(perMinute int) *senderLimits {
	return &senderLimits{perMinute: perMinute, now: time.Now, people: map[id.UserID]*senderPace{}}
}

// turnOf says how long an event has to wait until its sender's limit allows it, and whether they
// are to be told. An event that is tried again has the same turn.
func (l *senderLimits) turnOf(evt *event.Event, said time.Time) (wait time.Duration, tell bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.sweep(now)
	pace := l.people[evt.Sender]
	if pace == nil {
		pace = &senderPace{rooms: map[id.RoomID]*senderTurn{}}
		l.people[evt.Sender] = pace
	}
	turn := pace.rooms[evt.RoomID]
	if turn == nil {
		turn = &senderTurn{}
		pace.rooms[evt.RoomID] = turn
	}
	if turn.event != evt.ID {
		turn.event = evt.ID
		turn.due, turn.above = pace.add(earlier(said, now), limitWindow/time.Duration(l.perMinute))
		if turn.above && now.Sub(turn.slowed) >= limitQuiet {
			turn.told = false
		}
	}
	turn.asked = now
	if turn.above {
		turn.slowed = now
	}
	return max(turn.due.Sub(now), 0), turn.above && !turn.told
}

// add counts an event that was said at a time, and returns when it is due and whether it is
// above the limit.
func (p *senderPace) add(said time.Time, share time.Duration) (due time.Time, above bool) {
	p.newest = latest(p.newest, said)
	begins := latest(p.used, said)
	p.used = begins.Add(share)
	return p.used.Add(-limitWindow), p.used.Sub(p.newest) > limitWindow
}

// noteTold notes that the sender of an event knows that they are above the limit.
func (l *senderLimits) noteTold(evt *event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pace := l.people[evt.Sender]; pace != nil && pace.rooms[evt.RoomID] != nil {
		pace.rooms[evt.RoomID].told = true
	}
}

// sweep forgets who has sent nothing of late and has nothing left to wait for.
func (l *senderLimits) sweep(now time.Time) {
	if now.Sub(l.swept) < limitWindow {
		return
	}
	l.swept = now
	for person, pace := range l.people {
		for room, turn := range pace.rooms {
			if now.Sub(turn.asked) >= limitQuiet {
				delete(pace.rooms, room)
			}
		}
		if len(pace.rooms) == 0 && !pace.used.After(now) {
			delete(l.people, person)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// awaitLimit has the row of an event wait while its sender is above their limit, and tells them so.
func (c *Connector) awaitLimit(ctx context.Context, row *inbox.Attempt, evt *event.Event) error {
	if c.limits.perMinute == 0 || !isSaid(evt) {
		return nil
	}
	said := row.Arrived
	if evt.Sender.Homeserver() == c.serverName() { // others may write any time into their events
		said = time.UnixMilli(evt.Timestamp)
	}
	wait, tell := c.limits.turnOf(evt, said)
	if tell {
		if err := c.tellSlowed(ctx, evt); err != nil {
			return err
		}
		c.limits.noteTold(evt)
	}
	if wait > 0 {
		return inbox.Later(min(wait, limitLook), errAboveLimit)
	}
	return nil
}

// tellSlowed tells the sender of an event, in its room, that they are above the limit.
func (c *Connector) tellSlowed(ctx context.Context, evt *event.Event) error {
	info := bridgev2.StatusEventInfoFromEvent(evt)
	if !c.options.ErrorNotices || info.MessageType == event.MsgNotice {
		return nil
	}
	status := bridgev2.WrapErrorInStatus(errAboveLimit)
	notice := status.ToNoticeEvent(info) // an answer, in the message's thread
	notice.Body = fmt.Sprintf("⏳ You have sent more than %d messages within a minute. What is above that goes to Slack at that pace, in order. Nothing is lost: do not send it again.", c.limits.perMinute)
	_, err := c.bridge.Bot.SendMessage(withSendPlan(ctx, newSendPlan("slowed "+evt.ID.String(), "notice")), evt.RoomID, event.EventMessage, &event.Content{Parsed: notice}, nil)
	return wrapped(err, "tell %s that they are above the limit", evt.Sender)
}
