package connector

import (
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A person in Matrix who sends more than network.sender_limit within a minute is told so
// once, and what is above the limit is not carried. It does not wait: a room is one lane of
// the inbox, kept in order, so waiting would hold up everyone in the room, and the backlog
// would go on posting long after its author has stopped.

const (
	limitWindow = time.Minute
	// limitQuiet is how long a person must be within the limit before they are told again
	// that they are above it.
	limitQuiet = 5 * time.Minute
	// limitKept is how long a decision is kept for an event that is tried again.
	limitKept = 2 * time.Minute
	// limitLate is how late an event may come, after an outage, and still count with those that
	// were said just before it.
	limitLate = 24 * time.Hour
)

// senderLimits counts what each person in Matrix sends. Times are when it was said: what
// comes late after an outage of the bridge is not too much at once.
type senderLimits struct {
	perMinute int

	mu     sync.Mutex
	people map[id.UserID][]sentEvent // by the order of decision
	swept  time.Time
}

// sentEvent is one event, and what was decided about it.
type sentEvent struct {
	event         id.EventID
	room          id.RoomID
	said, decided time.Time
	refused, tell bool
}

func newSenderLimits(perMinute int) *senderLimits {
	return &senderLimits{perMinute: perMinute, people: map[id.UserID][]sentEvent{}}
}

// decide says whether an event is above its sender's limit, and whether they are to be told.
// An event that is tried again gets the same decision.
func (l *senderLimits) decide(evt *event.Event, said, now time.Time) (refused, tell bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	carried, toldLately := 0, false
	for _, before := range l.people[evt.Sender] {
		switch {
		case before.event == evt.ID:
			return before.refused, before.tell
		case before.refused && before.room == evt.RoomID && now.Sub(before.decided) < limitQuiet:
			toldLately = true
		case !before.refused && before.said.After(said.Add(-limitWindow)) && !before.said.After(said):
			carried++
		}
	}
	refused = carried >= l.perMinute
	decision := sentEvent{event: evt.ID, room: evt.RoomID, said: said, decided: now, refused: refused, tell: refused && !toldLately}
	l.people[evt.Sender] = append(l.people[evt.Sender], decision)
	return decision.refused, decision.tell
}

// sweep forgets decisions that do not matter any more. Of those that refused, the last in
// each room is kept longer, since it says that the sender was told. What was carried is kept if it
// was said within a minute of what its sender said last: the next may wait for an outage to end.
func (l *senderLimits) sweep(now time.Time) {
	if now.Sub(l.swept) < limitWindow {
		return
	}
	l.swept = now
	for person, sent := range l.people {
		lastRefused, newest := map[id.RoomID]id.EventID{}, time.Time{}
		for _, each := range sent {
			if each.said.After(newest) {
				newest = each.said
			}
			if each.refused {
				lastRefused[each.room] = each.event
			}
		}
		var kept []sentEvent
		for _, each := range sent {
			age := now.Sub(each.decided)
			counts := !each.refused && each.said.After(newest.Add(-limitWindow))
			if age < limitKept || age < limitQuiet && lastRefused[each.room] == each.event || age < limitLate && counts {
				kept = append(kept, each)
			}
		}
		if len(kept) == 0 {
			delete(l.people, person)
			continue
		}
		l.people[person] = kept
	}
}

// aboveLimitError is why an event is refused whose sender sends too much.
type aboveLimitError struct{ perMinute int }

func (e aboveLimitError) Error() string {
	return fmt.Sprintf("you have sent more than %d messages within a minute, and what is above that is not carried; wait a minute, then send again what is missing", e.perMinute)
}

// aboveLimit returns why an event is not carried, or nil, and whether its sender is to be
// told.
func (c *Connector) aboveLimit(evt *event.Event) (why error, tell bool) {
	if c.limits.perMinute == 0 || !isSaid(evt) {
		return nil, false
	}
	now := time.Now()
	said := now
	if evt.Sender.Homeserver() == c.serverName() { // others may write any time into their events
		said = time.UnixMilli(evt.Timestamp)
	}
	refused, tell := c.limits.decide(evt, said, now)
	if !refused {
		return nil, false
	}
	return aboveLimitError{c.limits.perMinute}, tell
}
