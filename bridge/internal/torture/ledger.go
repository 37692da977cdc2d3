package torture

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Side is where something was done.
type Side string

// The two sides. Tags of messages begin with the letter of theirs.
const (
	Slack  Side = "s"
	Matrix Side = "m"
)

// Other is the opposite side.
func (s Side) Other() Side {
	if s == Slack {
		return Matrix
	}
	return Slack
}

// String is the side's name.
func (s Side) String() string { return map[Side]string{Slack: "Slack", Matrix: "Matrix"}[s] }

// MarshalText makes a reaction fit for the key of a JSON object.
func (r Reaction) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s in %s: %s", r.Who, r.By, r.Emoji), nil
}

// Reaction is a person's emoji on a message. Emoji have Slack's names.
type Reaction struct {
	By    Side
	Who   string
	Emoji string
}

// Message is what a person wrote, and what people did to it: what both sides have to show
// in the end.
type Message struct {
	// Tag numbers the message; it is part of its text.
	Tag    string
	Side   Side
	Place  string
	Author string
	// Root is the tag of the thread's first message, "" outside threads. A reply outside
	// threads may be in a thread or not on the other side.
	Root  string
	Reply bool
	// Mention is the person who is named in the text.
	Mention string
	// Words is how many numbered words a long text has, 0 for short ones.
	Words int
	// Rev counts the edits; Deleted says that the message is gone.
	Rev     int
	Deleted bool
	// Reactions that were not removed.
	Reactions map[Reaction]bool
	// Began and Ended are when the author sent it and when their side had it.
	Began, Ended time.Time
}

// Ledger is everything that people did. The people write it, the comparison reads it.
type Ledger struct {
	mu       sync.Mutex
	messages map[string]*Message
	order    []string
	items    map[Side]int
	next     map[Side]int
}

func newLedger() *Ledger {
	return &Ledger{messages: map[string]*Message{}, items: map[Side]int{}, next: map[Side]int{}}
}

// tag numbers a side's next message.
func (l *Ledger) tag(side Side) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next[side]++
	return fmt.Sprintf("%s%d", string(side), l.next[side])
}

// wrote notes a message that its side has.
func (l *Ledger) wrote(m Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.Reactions = map[Reaction]bool{}
	l.messages[m.Tag] = &m
	l.order = append(l.order, m.Tag)
	l.items[m.Side]++
}

// did notes what a person on a side did to a message.
func (l *Ledger) did(by Side, tag string, change func(*Message)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l.messages[tag])
	l.items[by]++
}

// Items is how much happened on a side.
func (l *Ledger) Items(side Side) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.items[side]
}

// find returns a copy of a message.
func (l *Ledger) find(tag string) (Message, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.messages[tag]
	if !ok {
		return Message{}, false
	}
	return m.copy(), true
}

// Messages returns everything that was written, in the order of writing.
func (l *Ledger) Messages() []Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Message, len(l.order))
	for i, tag := range l.order {
		all[i] = l.messages[tag].copy()
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.Began.Compare(b.Began) })
	return all
}

func (m *Message) copy() Message {
	c := *m
	c.Reactions = maps.Clone(m.Reactions)
	return c
}
