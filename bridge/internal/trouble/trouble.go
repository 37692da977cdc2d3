// Package trouble tells people once of what keeps the bridge from its work and no login's
// state says: a homeserver that does not deliver, a database that does not answer, a full
// disk. Each is one line in the log and one notice to each owner of a login, with the cure,
// and so is its end. A notice that cannot be sent, since the trouble is in its way, is sent
// afterwards. It must not know how a trouble is found, nor how a notice is sent.
package trouble

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

const (
	// every is how often is looked.
	every = 10 * time.Second
	// sendTime bounds one notice.
	sendTime = 10 * time.Second
	// mostWaiting bounds the notices that wait for one owner.
	mostWaiting = 20
)

// Trouble is one thing that is wrong.
type Trouble struct {
	// Name tells it from others, as long as it lasts.
	Name string
	// Line says what is, as a sentence without its end, and Cure what to do.
	Line, Cure string
	// Logged says that who found it has logged it.
	Logged bool
}

// Owner is a person who is told.
type Owner struct {
	ID   string
	Tell func(ctx context.Context, text string) error
}

// Config is what a Watch is made of.
type Config struct {
	// Look returns what is wrong now, or an error if that is not known now.
	Look func(ctx context.Context) []Trouble
	// Owners are those who are told.
	Owners func() []Owner
	Log    *zap.Logger
}

// Watch looks for troubles. Make it with New and call Run once.
type Watch struct {
	cfg Config
	// seen is when each trouble was first seen that no one has been told of. What is over at the
	// next look, such as a database that is restarted, is none.
	seen    map[string]time.Time
	lasting map[string]*lasting
	waiting map[string][]*notice // by owner, the oldest first
}

// lasting is a trouble that goes on.
type lasting struct {
	Trouble

	since time.Time
}

// notice is a text for one owner.
type notice struct {
	about *lasting // nil when it has ended
	text  string
}

// New returns a Watch that does nothing before Run.
func New(cfg Config) *Watch {
	return &Watch{cfg: cfg, seen: map[string]time.Time{}, lasting: map[string]*lasting{}, waiting: map[string][]*notice{}}
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
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
	found := w.cfg.Look(ctx)
	if ctx.Err() != nil {
		return
	}
	owners := w.cfg.Owners()
	before := w.seen
	w.seen = map[string]time.Time{}
	for _, trouble := range found {
		since, again := before[trouble.Name]
		switch {
		case w.lasting[trouble.Name] != nil:
		case again:
			w.begin(owners, &lasting{trouble, since})
		default:
			w.seen[trouble.Name] = now
		}
	}
	for name, old := range w.lasting {
		if !slices.ContainsFunc(found, func(t Trouble) bool { return t.Name == name }) {
			delete(w.lasting, name)
			w.end(owners, old, now)
		}
	}
	w.send(ctx, owners)
}

func (w *Watch) begin(owners []Owner, t *lasting) {
	w.lasting[t.Name] = t
	if !t.Logged {
		w.cfg.Log.Warn(t.Line + "; " + t.Cure)
	}
	for _, owner := range owners {
		w.queue(owner, &notice{t, fmt.Sprintf("%s. %s.", t.Line, capital(t.Cure))})
	}
}

// end says that a trouble is over. Who has not been told of it yet is told of both at once.
func (w *Watch) end(owners []Owner, t *lasting, now time.Time) {
	if !t.Logged {
		w.cfg.Log.Info("It is over: " + t.Line)
	}
	span := fmt.Sprintf("from %s to %s UTC", clock(t.since), clock(now))
	for _, owner := range owners {
		unsent := slices.IndexFunc(w.waiting[owner.ID], func(n *notice) bool { return n.about == t })
		if unsent >= 0 {
			w.waiting[owner.ID][unsent] = &notice{nil, fmt.Sprintf("It is over (%s): %s.", span, t.Line)}
			continue
		}
		w.queue(owner, &notice{nil, fmt.Sprintf("It is over (%s): %s.", span, t.Line)})
	}
}

func (w *Watch) queue(owner Owner, n *notice) {
	if len(w.waiting[owner.ID]) < mostWaiting {
		w.waiting[owner.ID] = append(w.waiting[owner.ID], n)
	}
}

// send sends what waits. What fails is tried again at the next turn.
func (w *Watch) send(ctx context.Context, owners []Owner) {
	for _, owner := range owners {
		for len(w.waiting[owner.ID]) > 0 {
			if err := w.tell(ctx, owner, w.waiting[owner.ID][0].text); err != nil {
				w.cfg.Log.Debug("A notice about a trouble waits", zap.Error(err))
				break
			}
			w.waiting[owner.ID] = w.waiting[owner.ID][1:]
		}
	}
}

func (w *Watch) tell(ctx context.Context, owner Owner, text string) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return owner.Tell(ctx, text)
}

func clock(t time.Time) string { return t.UTC().Format("15:04") }

// capital makes the cure a sentence of its own.
func capital(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
