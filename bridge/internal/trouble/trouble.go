// Package trouble tells people once of what keeps the bridge from its work: a login that Slack
// refuses or that could not be made, a homeserver that does not deliver, a database that does not
// answer, a full disk. Each is one line in the log of a process, and one notice to each owner of a
// login whom it concerns, with the cure; so is its end. What an owner was told is kept over a
// restart, which tells it no second time, and goes with their login. A notice that cannot be sent,
// since the trouble is in its way, is sent afterwards.
// It must not know how a trouble is found, nor how a notice is sent or kept.
package trouble

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// every is how often is looked.
	every = 10 * time.Second
	// leastScale is where a smaller Scale ends: each look asks the database.
	leastScale = 0.02
	// sendTime bounds one notice.
	sendTime = 10 * time.Second
	// mostWaiting bounds the notices of what an owner missed altogether.
	mostWaiting = 20
)

// Trouble is one thing that is wrong.
type Trouble struct {
	// Name tells it from others, as long as it lasts, and over a restart.
	Name string `json:"name"`
	// Line says what is, as a sentence without its end, and Cure what to do.
	Line string `json:"line"`
	Cure string `json:"-"`
	// Owner is whom it concerns; every owner if it is empty.
	Owner string `json:"-"`
	// Logged says that who found it has logged it.
	Logged bool `json:"-"`
	// Sure says that who found it has waited whether it passes. Others count from the second
	// look on.
	Sure bool `json:"-"`
	// Doubtful says that it is not known now whether it is: it does not begin, and does not end.
	Doubtful bool `json:"-"`
}

// Told is a trouble that an owner knows of, and not yet that it is over.
type Told struct {
	Trouble

	Who   string    `json:"who"`
	Since time.Time `json:"since"`
	// Unsent says that it is not known whether the notice was sent: a stop came between, or it
	// could not be. It is sent again under its key.
	Unsent bool `json:"unsent,omitempty"`
}

// Owner is a person who is told.
type Owner struct {
	ID string
	// Tell sends a text. Two calls with one key send it once.
	Tell func(ctx context.Context, key, text string) error
}

// Config is what a Watch is made of.
type Config struct {
	// Look returns what is wrong now.
	Look func(ctx context.Context) []Trouble
	// Owners are those who are told. What others were told earlier is forgotten.
	Owners func() []Owner
	// Concerns says whether a trouble of this name may concern an owner: the login that it is about
	// may be gone, or have another owner. What is about none concerns all.
	Concerns func(name, owner string) bool
	// Keep keeps what owners were told over a restart, and Kept returns that.
	Keep func(ctx context.Context, told []Told) error
	Kept func(ctx context.Context) ([]Told, error)
	// Scale multiplies the pause between two looks, down to leastScale; 0 means 1.
	Scale float64
	Log   *zap.Logger
}

// Watch looks for troubles. Make it with New and call Run once.
type Watch struct {
	cfg Config
	// mu guards what follows. It is held while notices are sent.
	mu sync.Mutex
	// seen is when each trouble was first seen that does not count yet. What is over at the
	// next look, such as a database that is restarted, is none.
	seen    map[string]time.Time
	lasting map[string]lasting
	ended   map[string]time.Time
	notices notices
}

// lasting is a trouble that goes on.
type lasting struct {
	Trouble

	since time.Time
}

// New returns a Watch that does nothing before Run.
func New(cfg Config) *Watch {
	if cfg.Scale <= 0 {
		cfg.Scale = 1
	}
	return &Watch{cfg: cfg, seen: map[string]time.Time{}, lasting: map[string]lasting{}, ended: map[string]time.Time{}}
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	ticker := time.NewTicker(time.Duration(float64(every) * max(w.cfg.Scale, leastScale)))
	defer ticker.Stop()
	for {
		w.turn(ctx, time.Now())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// turn looks once, and sends what can be sent.
func (w *Watch) turn(ctx context.Context, now time.Time) {
	found := map[string]Trouble{}
	for _, trouble := range w.cfg.Look(ctx) {
		found[trouble.Name] = trouble
	}
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	owners := w.cfg.Owners()
	w.begin(found, now)
	w.end(found, owners, now)
	w.send(ctx, owners, func(name string) bool { _, open := found[name]; return open }, now)
}

// begin notes and logs what counts now.
func (w *Watch) begin(found map[string]Trouble, now time.Time) {
	before := w.seen
	w.seen = map[string]time.Time{}
	for name, trouble := range found {
		since, again := before[name]
		if !again {
			since = now
		}
		_, lasts := w.lasting[name]
		switch {
		case lasts:
		case trouble.Doubtful && !again:
		case trouble.Doubtful || !again && !trouble.Sure:
			w.seen[name] = since
		default:
			w.lasting[name] = lasting{trouble, since}
			delete(w.ended, name)
			if !trouble.Logged {
				w.cfg.Log.Warn(trouble.Line + "; " + trouble.Cure)
			}
		}
	}
}

// end notes and logs what is over. Who was not told of it is told of both at once.
func (w *Watch) end(found map[string]Trouble, owners []Owner, now time.Time) {
	for name, old := range w.lasting {
		if _, open := found[name]; open {
			continue
		}
		delete(w.lasting, name)
		w.ended[name] = now
		if !old.Logged {
			w.cfg.Log.Info("It is over: " + old.Line)
		}
		for _, owner := range owners {
			if w.concerns(old.Trouble, owner.ID) {
				w.notices.miss(Told{Trouble: old.Trouble, Who: owner.ID, Since: old.since}, now)
			}
		}
	}
}

func (w *Watch) concerns(t Trouble, owner string) bool {
	return (t.Owner == "" || t.Owner == owner) && w.cfg.Concerns(t.Name, owner)
}

// Forget forgets what a person was told, who must not be among the owners any more.
func (w *Watch) Forget(ctx context.Context, person string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.notices.load(ctx, w.cfg.Kept); err != nil {
		return fmt.Errorf("read what owners were told: %w", err)
	}
	w.notices.drop(func(t Told) bool { return t.Who == person })
	return w.keep(ctx)
}
