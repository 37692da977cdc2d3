package workspace

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Clock tells the time that timestamps are made of.
type Clock interface{ Wall() time.Time }

// conversation is a channel as one workspace has it, with what is said in it.
type conversation struct {
	Channel
	*talk
	// sides are the channel in every workspace that shares it, its host's first; there are
	// none of one that is not shared.
	sides []side
}

// talk is what is said in a channel: the same in every workspace that shares it.
type talk struct {
	// messages in the order of ts; deleted ones are gone.
	messages []*Message
	lastTS   int64
	pins     []Pin
	// bookmarks in the order in which they are shown.
	bookmarks []Bookmark
}

// Workspace is the state. Make one with New.
type Workspace struct {
	*realm
	clock     Clock
	team      Team
	users     map[string]*User
	userOrder []string
	bots      map[string]*Bot
	apps      map[string]*App
	appOrder  []string
	tokens    map[string]*Token
	// refresh are the refresh tokens that are not spent, each with its user.
	refresh   map[string]string
	channels  map[string]*conversation
	chanOrder []string
	emoji     map[string]string
	groups    []UserGroup
	quirks    Quirks
	plan      Plan
	shown     []Ephemeral
	// met are the workspaces with which channels are shared, or were.
	met map[*Workspace]bool
	// pictures are those of custom emoji, by path.
	pictures  map[string]EmojiPicture
	observers []func(Event)
	receivers []func(Delivery)
}

// Quirks are behaviours of Slack that its documents leave open.
type Quirks struct {
	// QuietParents keeps thread parents' counters from being announced by
	// message_changed events.
	QuietParents bool `json:"quiet_parents"`
	// Shares is how a share of an app's upload with a name of its own looks: one of
	// the Share… constants; "" is without_name.
	Shares string `json:"shares"`
}

// New returns an empty workspace of a team.
func New(clock Clock, team Team) *Workspace {
	return (&realm{files: map[string]*File{}}).found(clock, team)
}

// SetQuirks changes the quirks from now on.
func (w *Workspace) SetQuirks(q Quirks) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quirks = q
}

// Quirks returns the quirks in force.
func (w *Workspace) Quirks() Quirks {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quirks
}

// Observe calls f for everything that happens, in order, under the workspace's
// lock: f must neither block nor call the workspace.
func (w *Workspace) Observe(f func(Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observers = append(w.observers, f)
}

// Receive calls f for every event that an app is to get, under the same rules as
// Observe.
func (w *Workspace) Receive(f func(Delivery)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.receivers = append(w.receivers, f)
}

// id makes a new id with a prefix, of the length that Slack's have.
func (w *Workspace) id(prefix string) string {
	for {
		w.nextID++
		id := fmt.Sprintf("%s0%09s", prefix, strings.ToUpper(base36(w.nextID*7919)))
		id = strings.ReplaceAll(id, " ", "0")
		if !w.taken(id) {
			return id
		}
	}
}

func base36(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	var out []byte
	for ; n > 0; n /= 36 {
		out = append(out, digits[n%36])
	}
	slices.Reverse(out)
	return string(out)
}

func (w *Workspace) taken(id string) bool {
	return w.files[id] != nil || slices.ContainsFunc(w.workspaces, func(w *Workspace) bool {
		return w.users[id] != nil || w.channels[id] != nil || w.bots[id] != nil || w.apps[id] != nil
	})
}

// now is the time of day in whole seconds.
func (w *Workspace) now() int64 { return w.clock.Wall().Unix() }

// nextTS gives the conversation's next timestamp: later than every one before.
func (w *Workspace) nextTS(c *conversation) string {
	micros := max(w.clock.Wall().UnixMicro(), c.lastTS+1)
	c.lastTS = micros
	return formatTS(micros)
}

// wallTS is a timestamp of no conversation.
func (w *Workspace) wallTS() string { return formatTS(w.clock.Wall().UnixMicro()) }

func formatTS(micros int64) string {
	return fmt.Sprintf("%d.%06d", micros/1_000_000, micros%1_000_000)
}
