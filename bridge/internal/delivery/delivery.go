// Package delivery sees to it that the homeserver delivers what it has for the
// bridge.
//
// A homeserver may keep a transaction that failed and say nothing: continuwuity sends
// it again only when the next event for the bridge comes, and not on a ping. So the
// bridge makes that next event itself: a probe, a state event in a room of the bot's
// own, which has to come back as a transaction. Everything that was kept comes before
// it. At each start, each time the homeserver was away, and when a probe does not come back
// for long, the rooms themselves are read for what was not delivered.
//
// It owns the schedule of probes and readings. It must not know Slack, and does not
// handle events: what it reads goes to the inbox like a transaction's events.
package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/id"
)

// The schedule, before Config.Scale.
const (
	// probeAgain is the pause between probes until one has come back.
	probeAgain = 10 * time.Second
	// quiet is how long no transaction has come, while rooms are active, before a
	// probe is due. activeFor is how long rooms count as active after something
	// happened in them.
	quiet     = time.Minute
	activeFor = 10 * time.Minute
	// doubtful is how long a probe may be away before the rooms are read.
	doubtful = 30 * time.Second
	// margin is how much further back than the last proof of delivery a room is read:
	// clocks differ, and a proof may cross what it proves.
	margin = 10 * time.Minute
	// holdAtMost is how long transactions wait for rooms of which nothing is read, and
	// holdInAll how long while pages come. Homeservers send transactions one after the
	// other, so what waits holds up everything behind it, and they give up waiting for an
	// answer: continuwuity after 35 s, Synapse after 60 s.
	holdAtMost = 3 * time.Second
	holdInAll  = 20 * time.Second
	// readAgain is the pause between readings that fail while a transaction waits.
	readAgain = time.Second / 2
	// holdStep is how often what waits looks whether the process stood still meanwhile.
	holdStep = 250 * time.Millisecond
	// readers is how many rooms are read at once: a slow one delays no other.
	readers = 8
	// clockWasWrong is how far back rooms are read when the last proof was kept by a clock
	// that was ahead.
	clockWasWrong = 24 * time.Hour
	// leastScale is where a smaller Scale ends. A bridge that is to ignore Slack's limits
	// would otherwise do nothing but probe and read its rooms.
	leastScale = 0.01
)

// ErrRefused says that the homeserver does not accept the bridge's token.
var ErrRefused = errors.New("the homeserver does not accept the bridge's token")

// Homeserver is what the watch asks of it.
type Homeserver interface {
	// Probe sends the probe with a nonce. ErrRefused is of a homeserver that does not accept
	// the bridge's token.
	Probe(ctx context.Context, nonce string) error
	// Ping has the homeserver try whether it reaches the bridge. Synapse then also
	// delivers what it has kept.
	Ping(ctx context.Context) error
	// Rooms returns the bridged rooms, the last active first.
	Rooms(ctx context.Context) ([]id.RoomID, error)
	// Since returns the events of a room that people sent since a time, oldest first. It
	// calls progress after each page.
	Since(ctx context.Context, room id.RoomID, since time.Time, progress func()) ([]json.RawMessage, error)
}

// Config is what a Watch needs. All but Scale and Log are required.
type Config struct {
	Homeserver Homeserver
	// Put stores events that were read as if a transaction had brought them, and says
	// how many were new.
	Put func(ctx context.Context, events []json.RawMessage) (fresh int, err error)
	// Proven keeps the time of the last proof of delivery over a restart, and returns
	// what was kept; the zero time if nothing was.
	Proven func(ctx context.Context, at time.Time) error
	Kept   func(ctx context.Context) (time.Time, error)
	// Scale multiplies every wait, down to leastScale; 0 means 1.
	Scale float64
	Log   *zap.Logger
}

// State is whether the homeserver delivers.
type State struct {
	// Delivers says that the last probe came back, and Proven when; zero before the
	// first one.
	Delivers bool      `json:"delivers"`
	Proven   time.Time `json:"proven,omitzero"`
	// Waiting is since when a probe is away; zero if none is.
	Waiting time.Time `json:"waiting,omitzero"`
	// Refused says that the homeserver does not accept the bridge's token: it knows of no
	// registration of the bridge, or of another one.
	Refused bool `json:"refused,omitempty"`
	// Recovered counts events that were read from rooms because they had not come.
	Recovered int `json:"recovered"`
}

// Watch is the watch over one homeserver. Make it with New and call Run once.
type Watch struct {
	cfg  Config
	wake chan struct{}

	mu       sync.Mutex
	state    State
	away     map[string]bool // the nonces of probes that have not come back
	last     time.Time       // the last transaction
	active   time.Time       // the last thing that happened in a room
	restarts int             // of the homeserver, as far as requests showed
	down     bool            // the last request did not reach it
	denied   bool            // a request was not accepted, and no probe was sent since
	probed   time.Time       // when the last probe was sent
	// due is the reading that is due or under way; nil if none is.
	due *reading
	// leaveProbe ends the requests of a probe; nil if none is under way.
	leaveProbe context.CancelFunc
}

// New returns a watch that is not running.
func New(cfg Config) *Watch {
	if cfg.Scale <= 0 {
		cfg.Scale = 1
	}
	cfg.Scale = max(cfg.Scale, leastScale)
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	return &Watch{cfg: cfg, wake: make(chan struct{}, 1), due: newReading()}
}

// State returns whether the homeserver delivers.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Transaction notes that the homeserver has delivered something, and the nonce of a
// probe in it, if any.
func (w *Watch) Transaction(nonce string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.last, w.active = now, now
	if nonce == "" || !w.away[nonce] {
		return
	}
	w.away = nil
	w.state.Delivers, w.state.Proven, w.state.Waiting = true, now, time.Time{}
	w.signal()
}

// Active notes that something happens in rooms, such as a message from Slack.
func (w *Watch) Active() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active = time.Now()
}

// Reached notes whether a request reached the homeserver. The first that does after
// one that did not means that it was away, and may have been restarted.
func (w *Watch) Reached(ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ok && w.down {
		w.restarts++
		w.due = newReading()
		w.signal()
	}
	w.down = !ok
}

// Denied notes that the homeserver did not accept the bridge's token for a request: a probe is
// due, which shows whether that is so.
func (w *Watch) Denied() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.denied && !w.state.Refused && time.Since(w.probed) > w.scaled(probeAgain) {
		w.denied = true
		w.signal()
	}
}

func (w *Watch) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Watch) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * w.cfg.Scale)
}
