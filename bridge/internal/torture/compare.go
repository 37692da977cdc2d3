package torture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Post is one post in Slack or one event in Matrix that carries a message or a part
// of one, as its side shows it now. Deleted messages are not shown.
type Post struct {
	// Tag and Rev are read from its text; Words are the numbered words in it, First
	// says that it begins with the tag itself.
	Tag   string
	Rev   int
	First bool
	Words []int
	Place string
	// Ref is its ts or event id, to be looked for in the logs.
	Ref string
	// Root is the tag of its thread's first message.
	Root string
	// Mentions are the people named in it.
	Mentions []string
	// Edits are the revisions that came as separate events; Slack has none.
	Edits []int
	// Reactions that were not removed, each as often as it is shown.
	Reactions []Reaction
}

// Seen is what both sides show, by place, in the order of the side.
type Seen map[Side]map[string][]Post

// Ack is when Slack first sent a message's event and when the event was acknowledged,
// which is zero if it never was.
type Ack struct{ Sent, Acked time.Time }

// Kind is what a finding is about.
type Kind string

// What can be wrong.
const (
	Lost     Kind = "lost"
	Doubled  Kind = "doubled"
	Disorder Kind = "out of order"
	// Unordered is a message out of order whose event came out of order too.
	Unordered Kind = "overtaken, as its event was"
	// Source is a message that its own side does not show as it was written: the run
	// itself has a fault.
	Source Kind = "not as written"
)

// Finding is one difference from what should be there.
type Finding struct {
	Kind Kind
	// From is the side on which it was done.
	From Side
	// What is message, part, edit, delete, reaction, thread or mention.
	What   string
	Tag    string
	Detail string
}

// String is one line.
func (f Finding) String() string {
	line := fmt.Sprintf("%s → %s: %s of %s %s", f.From, f.From.Other(), f.What, f.Tag, f.Kind)
	if f.Detail != "" {
		line += ": " + f.Detail
	}
	return line
}

// Verdict is everything that was found.
type Verdict []Finding

// Count is how many findings of a kind came from a side.
func (v Verdict) Count(from Side, kind Kind) int {
	count := 0
	for _, f := range v {
		if f.From == from && f.Kind == kind {
			count++
		}
	}
	return count
}

// Messages is how many complete messages from a side are lost.
func (v Verdict) Messages(from Side) int {
	count := 0
	for _, f := range v {
		if f.From == from && f.Kind == Lost && f.What == "message" {
			count++
		}
	}
	return count
}

// Clean says that nothing is lost, doubled or out of order through the bridge's fault.
func (v Verdict) Clean() bool {
	return !slices.ContainsFunc(v, func(f Finding) bool { return f.Kind != Unordered })
}

// compare compares what both sides show with what people did. acks are the events of
// the messages from Slack, by tag.
func compare(ledger []Message, seen Seen, acks map[string]Ack) Verdict {
	c := comparison{copies: map[Side]map[string][]Post{Slack: {}, Matrix: {}}, acks: acks}
	for side, places := range seen {
		for _, place := range slices.Sorted(maps.Keys(places)) {
			for _, post := range places[place] {
				c.copies[side][post.Tag] = append(c.copies[side][post.Tag], post)
			}
		}
	}
	for _, m := range ledger {
		c.message(m)
	}
	c.order(ledger, seen)
	return c.verdict
}

type comparison struct {
	copies  map[Side]map[string][]Post
	acks    map[string]Ack
	verdict Verdict
}

func (c *comparison) find(kind Kind, from Side, what, tag, detail string, args ...any) {
	c.verdict = append(c.verdict, Finding{kind, from, what, tag, fmt.Sprintf(detail, args...)})
}

// message checks one message on both sides.
func (c *comparison) message(m Message) {
	own, other := c.copies[m.Side][m.Tag], c.copies[m.Side.Other()][m.Tag]
	if m.Deleted {
		if len(own) > 0 {
			c.find(Source, m.Side, "delete", m.Tag, "%s still shows it", m.Side)
		}
		if len(other) > 0 {
			c.find(Lost, m.Side, "delete", m.Tag, "")
		}
		return
	}
	if len(own) == 0 || own[0].Rev != m.Rev {
		c.find(Source, m.Side, "message", m.Tag, "%s shows %d copies of it", m.Side, len(own))
		return
	}
	if len(other) == 0 {
		c.find(Lost, m.Side, "message", m.Tag, "in %s by %s", m.Place, m.Author)
		return
	}
	c.copiesOf(m, other)
	c.reactions(m, m.Side, own)
	c.reactions(m, m.Side.Other(), other)
}

// copiesOf checks how the other side shows a message.
func (c *comparison) copiesOf(m Message, posts []Post) {
	beginnings, words, edits := 0, []int{}, []int{}
	for _, p := range posts {
		if p.First {
			beginnings++
		}
		words = append(words, p.Words...)
		edits = append(edits, p.Edits...)
		if p.Place != m.Place {
			c.find(Lost, m.Side, "message", m.Tag, "it is in %s and not in %s", p.Place, m.Place)
		}
	}
	if beginnings == 0 {
		c.find(Lost, m.Side, "part", m.Tag, "its beginning")
	}
	if beginnings > 1 {
		c.find(Doubled, m.Side, "message", m.Tag, "%d copies", beginnings)
	}
	if old := slices.MinFunc(posts, func(a, b Post) int { return cmp.Compare(a.Rev, b.Rev) }); old.Rev != m.Rev {
		c.find(Lost, m.Side, "edit", m.Tag, "revision %d is shown and not %d", old.Rev, m.Rev)
	}
	c.wordsOf(m, words, beginnings)
	if again, ok := repeated(edits); ok {
		c.find(Doubled, m.Side, "edit", m.Tag, "revision %d", again)
	}
	first := posts[0]
	if !m.Reply && first.Root != m.Root {
		c.find(Lost, m.Side, "thread", m.Tag, "it is in the thread of %q and not of %q", first.Root, m.Root)
	}
	if m.Mention != "" && !slices.Contains(first.Mentions, m.Mention) {
		c.find(Lost, m.Side, "mention", m.Tag, "of %s", m.Mention)
	}
}

// wordsOf requires each numbered word of a long text once and in order. It does not check
// the words of a message that is there twice.
func (c *comparison) wordsOf(m Message, words []int, beginnings int) {
	if m.Words == 0 || beginnings > 1 {
		return
	}
	if again, ok := repeated(words); ok {
		c.find(Doubled, m.Side, "part", m.Tag, "from word %d on", again)
		return
	}
	missing := m.Words - len(words)
	switch {
	case missing > 0:
		c.find(Lost, m.Side, "part", m.Tag, "%d of %d words", missing, m.Words)
	case !slices.IsSorted(words):
		c.find(Disorder, m.Side, "part", m.Tag, "")
	}
}

// reactions checks, on one side, the reactions that were made on the other. Slack shows
// one reaction of the bridge's bot for all people in Matrix who react with that emoji.
func (c *comparison) reactions(m Message, on Side, posts []Post) {
	by := on.Other()
	want, got := map[Reaction]int{}, map[Reaction]int{}
	for r := range m.Reactions {
		if r.By == by {
			want[crossed(r)] = 1
		}
	}
	for _, post := range posts {
		for _, r := range post.Reactions {
			if r.By == by {
				got[crossed(r)]++
			}
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(want), byEmoji) {
		if got[r] == 0 {
			c.find(Lost, by, "reaction", m.Tag, "%s of %s", r.Emoji, r.Who)
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(got), byEmoji) {
		switch {
		case want[r] == 0:
			c.find(Lost, by, "removed reaction", m.Tag, "%s of %s is still there", r.Emoji, r.Who)
		case got[r] > 1:
			c.find(Doubled, by, "reaction", m.Tag, "%s of %s", r.Emoji, r.Who)
		}
	}
}

// crossed is a reaction as the other side shows it.
func crossed(r Reaction) Reaction {
	if r.By == Matrix {
		r.Who = "the bridge"
	}
	return r
}

func byEmoji(a, b Reaction) int {
	return cmp.Or(cmp.Compare(a.Emoji, b.Emoji), cmp.Compare(a.Who, b.Who))
}

// repeated returns the first number that is there twice.
func repeated(numbers []int) (int, bool) {
	seen := map[int]bool{}
	for _, n := range numbers {
		if seen[n] {
			return n, true
		}
		seen[n] = true
	}
	return 0, false
}
