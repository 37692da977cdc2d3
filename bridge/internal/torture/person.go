package torture

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// voice is how a person acts on their side. ref names a message there. A call returns
// when the side has accepted the act, or when ctx ends.
type voice interface {
	say(ctx context.Context, p *place, what saying) (ref string, err error)
	edit(ctx context.Context, p *place, ref, text string) error
	remove(ctx context.Context, p *place, ref string) error
	react(ctx context.Context, p *place, ref, emoji string) error
	unreact(ctx context.Context, p *place, ref, emoji string) error
}

// saying is a new message. root and reply are the refs of what it answers.
type saying struct {
	text, root, reply string
	mention           string
}

// person writes, answers and reacts as their dice say.
type person struct {
	side   Side
	name   string
	places []*place
	voice  voice
	dice   *rand.Rand
	ledger *Ledger
	view   *view
}

// live acts until ctx ends, and finishes the last act. rate is acts per second.
func (p *person) live(ctx context.Context, rate float64) error {
	next := time.Now()
	for {
		next = next.Add(time.Duration(p.dice.ExpFloat64() / rate * float64(time.Second)))
		if behind := time.Since(next); behind > impatience {
			next = next.Add(behind) // People do not make up for everything that an outage prevented.
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(next)):
		}
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), actTimeout)
		err := p.act(finish, p.places[p.dice.IntN(len(p.places))])
		cancel()
		if err != nil {
			return fmt.Errorf("%s in %s: %w", p.name, p.side, err)
		}
	}
}

// impatience is how much a person makes up for after a wait.
const impatience = 5 * time.Second

// actTimeout is how long a side may be away while a person acts on it.
const actTimeout = 3 * time.Minute

// act does one thing.
func (p *person) act(ctx context.Context, at *place) error {
	switch chance := p.dice.IntN(1000); {
	case chance < 440:
		return p.say(ctx, at, Message{}, "")
	case chance < 460:
		return p.say(ctx, at, Message{Words: map[Side]int{Slack: longInSlack, Matrix: longInMatrix}[p.side]}, "")
	case chance < 500:
		return p.say(ctx, at, Message{Mention: p.anyone()}, "")
	case chance < 620:
		if root := p.view.pick(p.dice, p.side, at.name, p.isRoot); root != "" {
			return p.say(ctx, at, Message{Root: root}, "")
		}
	case chance < 650 && p.side == Matrix:
		if to := p.view.pick(p.dice, p.side, at.name, p.isRoot); to != "" {
			return p.say(ctx, at, Message{Reply: true}, to)
		}
	case chance < 750:
		if own := p.view.pick(p.dice, p.side, at.name, p.isOwn); own != "" {
			return p.edit(ctx, at, own)
		}
	case chance < 800:
		if own := p.view.pick(p.dice, p.side, at.name, p.isDoomed); own != "" {
			return p.remove(ctx, at, own)
		}
	case chance < 930:
		if any := p.view.pick(p.dice, p.side, at.name, p.isThere); any != "" {
			return p.react(ctx, at, any)
		}
	default:
		if held := p.view.pick(p.dice, p.side, at.name, p.holdsAny); held != "" {
			return p.unreact(ctx, at, held)
		}
	}
	return p.say(ctx, at, Message{}, "")
}

// anyone returns a person in Slack to mention.
func (p *person) anyone() string {
	names := []string{"alice", "bob", "cleo", "dora"}
	return names[p.dice.IntN(len(names))]
}

// emoji are what people react with, by their names in Slack.
var emoji = map[string]string{"+1": "👍", "tada": "🎉", "eyes": "👀", "heart": "❤️", "rocket": "🚀"}

func (p *person) say(ctx context.Context, at *place, m Message, reply string) error {
	m.Tag, m.Side, m.Place, m.Author = p.ledger.tag(p.side), p.side, at.name, p.name
	what := saying{text: write(m, 0), root: p.view.ref(p.side, m.Root), reply: p.view.ref(p.side, reply), mention: m.Mention}
	m.Began = time.Now()
	ref, err := p.voice.say(ctx, at, what)
	if root, _ := p.ledger.find(m.Root); err != nil && m.Root != "" && root.Side != p.side {
		return nil // The bridge has deleted the copy of the root.
	}
	if err != nil {
		return err
	}
	m.Ended = time.Now()
	p.ledger.wrote(m)
	p.view.saw(p.side, at.name, m.Tag, ref)
	return nil
}

func (p *person) edit(ctx context.Context, at *place, tag string) error {
	m, _ := p.ledger.find(tag)
	if err := p.voice.edit(ctx, at, p.view.ref(p.side, tag), write(m, m.Rev+1)); err != nil {
		return err
	}
	p.ledger.did(p.side, tag, func(m *Message) { m.Rev++ })
	return nil
}

func (p *person) remove(ctx context.Context, at *place, tag string) error {
	if err := p.voice.remove(ctx, at, p.view.ref(p.side, tag)); err != nil {
		return err
	}
	p.ledger.did(p.side, tag, func(m *Message) { m.Deleted = true })
	return nil
}

// react adds a reaction of the person's, unless it is there already.
func (p *person) react(ctx context.Context, at *place, tag string) error {
	names := slices.Sorted(maps.Keys(emoji))
	r := Reaction{p.side, p.name, names[p.dice.IntN(len(names))]}
	m, _ := p.ledger.find(tag)
	if m.Reactions[r] {
		return nil
	}
	err := p.voice.react(ctx, at, p.view.ref(p.side, tag), r.Emoji)
	return p.reacted(m, err, func(m *Message) { m.Reactions[r] = true })
}

// unreact takes one of the person's reactions back.
func (p *person) unreact(ctx context.Context, at *place, tag string) error {
	m, _ := p.ledger.find(tag)
	held := p.held(m)
	r := held[p.dice.IntN(len(held))]
	err := p.voice.unreact(ctx, at, p.view.ref(p.side, tag), r.Emoji)
	return p.reacted(m, err, func(m *Message) { delete(m.Reactions, r) })
}

// reacted notes the outcome. A message that is gone takes no reaction: its author may
// have been faster, or the bridge may have deleted the copy.
func (p *person) reacted(m Message, err error, change func(*Message)) error {
	if err != nil && (doomed(m.Tag) || m.Side != p.side) {
		return nil
	}
	if err == nil {
		p.ledger.did(p.side, m.Tag, change)
	}
	return err
}

// held are the person's reactions to a message.
func (p *person) held(m Message) []Reaction {
	var held []Reaction
	for r := range m.Reactions {
		if r.By == p.side && r.Who == p.name {
			held = append(held, r)
		}
	}
	slices.SortFunc(held, byEmoji)
	return held
}

// doomed says whether a message may be deleted by its author. It is not answered in a
// thread: answers to a deleted root are not tested here.
func doomed(tag string) bool { return strings.HasSuffix(tag, "5") }

func (p *person) isThere(tag string) bool {
	m, ok := p.ledger.find(tag)
	return ok && !m.Deleted
}

func (p *person) holdsAny(tag string) bool {
	m, ok := p.ledger.find(tag)
	return ok && !m.Deleted && len(p.held(m)) > 0
}

func (p *person) isRoot(tag string) bool {
	m, ok := p.ledger.find(tag)
	return ok && !doomed(tag) && m.Root == "" && !m.Reply && m.Words == 0
}

func (p *person) isOwn(tag string) bool {
	m, ok := p.ledger.find(tag)
	return ok && !m.Deleted && m.Side == p.side && m.Author == p.name && m.Mention == ""
}

func (p *person) isDoomed(tag string) bool { return doomed(tag) && p.isOwn(tag) }
