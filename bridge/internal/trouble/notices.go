package trouble

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// notices are what owners know, and what they have still to be told.
type notices struct {
	// told are the troubles that owners know of, as they are kept; loaded says that those of an
	// earlier process are among them, and changed that they are not kept as they are.
	told            map[of]Told
	loaded, changed bool
	// missed are those that were over before their owner could be told, the oldest first.
	missed []missed
}

// of names a trouble and whom it was told.
type of struct{ who, name string }

// missed is a trouble that is over, of which an owner knows nothing.
type missed struct {
	Told

	until time.Time
}

// miss notes that a trouble is over, if its owner was not told of it.
func (n *notices) miss(t Told, until time.Time) {
	if told, noted := n.told[of{t.Who, t.Name}]; noted {
		if !told.Unsent {
			return
		}
		t.Since = told.Since
		delete(n.told, of{t.Who, t.Name})
		n.changed = true
	}
	n.missed = append(n.missed, missed{t, until})
	if theirs := slices.IndexFunc(n.missed, func(m missed) bool { return m.Who == t.Who }); n.waitingFor(t.Who) > mostWaiting {
		n.missed = slices.Delete(n.missed, theirs, theirs+1)
	}
}

func (n *notices) waitingFor(who string) (count int) {
	for _, m := range n.missed {
		if m.Who == who {
			count++
		}
	}
	return count
}

// load takes up what owners were told by an earlier process.
func (n *notices) load(ctx context.Context, kept func(context.Context) ([]Told, error)) error {
	if n.loaded {
		return nil
	}
	list, err := kept(ctx)
	if err != nil {
		return err
	}
	n.told, n.loaded = map[of]Told{}, true
	for _, t := range list {
		n.told[of{t.Who, t.Name}] = t
	}
	return nil
}

// drop forgets what owners were told, and what they missed. Of neither they hear the end.
func (n *notices) drop(such func(Told) bool) {
	for key, t := range n.told {
		if such(t) {
			delete(n.told, key)
			n.changed = true
		}
	}
	n.missed = slices.DeleteFunc(n.missed, func(m missed) bool { return such(m.Told) })
}

// sorted are the troubles that owners know of.
func (n *notices) sorted() []Told {
	return slices.SortedFunc(maps.Values(n.told), func(a, b Told) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Who, b.Who), strings.Compare(a.Name, b.Name))
	})
}

// send tells each owner what they do not know yet. What fails is tried again at the next turn.
func (w *Watch) send(ctx context.Context, owners []Owner, open func(name string) bool, now time.Time) {
	n := &w.notices
	if err := n.load(ctx, w.cfg.Kept); err != nil {
		w.cfg.Log.Debug("What owners were told cannot be read yet", zap.Error(err))
		return
	}
	n.drop(func(t Told) bool {
		isOwner := slices.ContainsFunc(owners, func(owner Owner) bool { return owner.ID == t.Who })
		return !isOwner || !w.cfg.Concerns(t.Name, t.Who)
	})
	for _, owner := range owners {
		if err := w.sendTo(ctx, owner, open, now); err != nil {
			w.cfg.Log.Debug("A notice about a trouble waits", zap.Error(err))
		}
	}
	w.tryKeep(ctx)
}

// tryKeep is keep for what is tried again at the next turn if it fails: no notice waits for it.
func (w *Watch) tryKeep(ctx context.Context) {
	if err := w.keep(ctx); err != nil {
		w.cfg.Log.Debug("What owners were told is not kept yet", zap.Error(err))
	}
}

// keep keeps what owners were told, if it has changed.
func (w *Watch) keep(ctx context.Context) error {
	n := &w.notices
	if !n.changed {
		return nil
	}
	err := w.cfg.Keep(ctx, n.sorted())
	n.changed = err != nil
	return err
}

// sendTo tells one owner what is over, and then what is.
func (w *Watch) sendTo(ctx context.Context, owner Owner, open func(name string) bool, now time.Time) error {
	n := &w.notices
	for _, t := range n.sorted() {
		if t.Who != owner.ID || open(t.Name) {
			continue
		}
		until, noted := w.ended[t.Name]
		if !noted {
			until = now
		}
		if err := over(ctx, owner, t, until); err != nil {
			return err
		}
		delete(n.told, of{t.Who, t.Name})
		n.changed = true
	}
	for i := 0; i < len(n.missed); {
		m := n.missed[i]
		if m.Who != owner.ID {
			i++
			continue
		}
		if err := over(ctx, owner, m.Told, m.until); err != nil {
			return err
		}
		n.missed = slices.Delete(n.missed, i, i+1)
	}
	for _, name := range slices.Sorted(maps.Keys(w.lasting)) {
		t, key := w.lasting[name], of{owner.ID, name}
		told, noted := n.told[key]
		if noted && !told.Unsent || !w.concerns(t.Trouble, owner.ID) {
			continue
		}
		if !noted { // before it is sent, so that a stop between does not have it sent under another key
			told = Told{Trouble: t.Trouble, Who: owner.ID, Since: t.since, Unsent: true}
			n.told[key], n.changed = told, true
			w.tryKeep(ctx)
		}
		if err := say(ctx, owner, told.key("is"), fmt.Sprintf("%s. %s.", t.Line, capital(strings.TrimSuffix(t.Cure, ".")))); err != nil {
			return err
		}
		told.Unsent = false
		n.told[key], n.changed = told, true
	}
	return nil
}

// over says that a trouble is over.
func over(ctx context.Context, owner Owner, t Told, until time.Time) error {
	return say(ctx, owner, t.key("is over"), fmt.Sprintf("It is over (from %s to %s UTC): %s.", clock(t.Since), clock(until), t.Line))
}

func say(ctx context.Context, owner Owner, key, text string) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return owner.Tell(ctx, key, text)
}

// key names a notice about a trouble.
func (t Told) key(what string) string {
	return strings.Join([]string{t.Name, t.Since.UTC().Format(time.RFC3339), t.Who, what}, " ")
}

func clock(t time.Time) string { return t.UTC().Format("15:04") }

// capital makes the cure a sentence of its own.
func capital(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
