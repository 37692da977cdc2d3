package connector

import (
	"maps"
	"sync"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// Counts are what happened on the way to and from Slack since the start, for all logins
// together.
type Counts struct {
	// Sockets adds up all sessions, those that are over too.
	Sockets slackws.Stats
	// Losses are the ends of sockets, by reason.
	Losses map[slackws.Reason]int64
	// Events are what came over sockets.
	Events map[Arrival]int64
	// Targetless are events about a message that is not in Matrix and stays out: Slack does
	// not show it, or it is older than the room's history.
	Targetless map[Targeting]int64
	// Calls are those of the Web API, by method.
	Calls map[string]slackapi.MethodCount
}

// Targeting is a kind of event that is about a message.
type Targeting string

// The kinds. A deletion of what is not there is remembered instead.
const (
	ReactionOf Targeting = "reaction"
	EditOf     Targeting = "edit"
)

// Arrival is a kind of what comes over sockets, and its outcome.
type Arrival struct {
	// Type is that of an event or envelope. Types that the bridge does not know are "other".
	Type    string
	Outcome Outcome
}

// Outcome is what the bridge did with what came over a socket.
type Outcome string

// The outcomes. Stored events are put into the inbox; one that comes twice counts twice.
const (
	Stored     Outcome = "stored"
	SetAside   Outcome = "set_aside" // the bridge has no use for it, or did it itself
	Unreadable Outcome = "unreadable"
)

// counts keeps Counts.
type counts struct {
	calls slackapi.Counters

	mu      sync.Mutex
	running map[*slackws.Session]bool
	over    slackws.Stats
	losses  map[slackws.Reason]int64
	events  map[Arrival]int64
	// targetless is Counts.Targetless.
	targetless map[Targeting]int64
}

func newCounts() *counts {
	return &counts{running: map[*slackws.Session]bool{}, losses: map[slackws.Reason]int64{}, events: map[Arrival]int64{}, targetless: map[Targeting]int64{}}
}

// Counts returns what happened since the start.
func (c *Connector) Counts() Counts {
	n := c.counts
	n.mu.Lock()
	defer n.mu.Unlock()
	sockets := n.over
	for session := range n.running {
		sockets = sockets.Plus(session.Stats())
	}
	return Counts{Sockets: sockets, Losses: maps.Clone(n.losses), Events: maps.Clone(n.events), Targetless: maps.Clone(n.targetless), Calls: n.calls.Snapshot()}
}

// begin adds a session to the sums, and end keeps what it counted.
func (n *counts) begin(session *slackws.Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running[session] = true
}

func (n *counts) end(session *slackws.Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.running, session)
	n.over = n.over.Plus(session.Stats())
}

func (n *counts) lost(why slackws.Reason) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.losses[why]++
}

func (n *counts) withoutTarget(kind Targeting) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.targetless[kind]++
}

// arrived counts one arrival and returns how many of its kind there are.
func (n *counts) arrived(kind string, outcome Outcome) int64 {
	at := Arrival{kind, outcome}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events[at]++
	return n.events[at]
}

// typeOf is the type under which an event or envelope is counted.
func (c *Connector) typeOf(kind string) string {
	if _, known := c.handlers[kind]; known {
		return kind
	}
	switch kind {
	case slackevent.TypeInteractive, slackevent.TypeSlashCommands:
		return kind
	}
	return "other"
}
