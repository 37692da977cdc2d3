package torture

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// at is a moment in the made-up run.
func at(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }

// madeUp is a made-up run: every message takes a second, then the next one begins.
type madeUp struct {
	ledger []Message
	seen   Seen
	acks   map[string]Ack
}

// bridged is a run of three messages on each side in one place, bridged without a fault.
func bridged() *madeUp {
	t := &madeUp{seen: Seen{Slack: {}, Matrix: {}}, acks: map[string]Ack{}}
	for i := range 3 {
		for _, side := range []Side{Slack, Matrix} {
			tag := fmt.Sprintf("%s%d", string(side), i+1)
			t.ledger = append(t.ledger, Message{
				Tag: tag, Side: side, Place: "general", Author: "alice", Began: at(2 * i), Ended: at(2*i + 1), Reactions: map[Reaction]bool{},
			})
			t.acks[tag] = Ack{Sent: at(2*i + 1), Acked: at(2*i + 1).Add(time.Millisecond)}
			for _, shown := range []Side{Slack, Matrix} {
				t.seen[shown]["general"] = append(t.seen[shown]["general"], Post{Tag: tag, Place: "general", First: true})
			}
		}
	}
	return t
}

// message is what the ledger has of a message.
func (t *madeUp) message(tag string) *Message {
	for i := range t.ledger {
		if t.ledger[i].Tag == tag {
			return &t.ledger[i]
		}
	}
	panic(tag)
}

// posts are what a side shows of a message.
func (t *madeUp) posts(side Side, tag string) (found []*Post) {
	for i, p := range t.seen[side]["general"] {
		if p.Tag == tag {
			found = append(found, &t.seen[side]["general"][i])
		}
	}
	return found
}

// both changes what both sides show of a message.
func (t *madeUp) both(tag string, change func(*Post)) {
	for _, side := range []Side{Slack, Matrix} {
		for _, p := range t.posts(side, tag) {
			change(p)
		}
	}
}

func (t *madeUp) remove(side Side, tag string) {
	var rest []Post
	for _, p := range t.seen[side]["general"] {
		if p.Tag != tag {
			rest = append(rest, p)
		}
	}
	t.seen[side]["general"] = rest
}

func (t *madeUp) add(side Side, p Post) {
	p.Place = "general"
	t.seen[side]["general"] = append(t.seen[side]["general"], p)
}

// swap exchanges two messages of a side.
func (t *madeUp) swap(side Side, a, b string) {
	x, y := t.posts(side, a)[0], t.posts(side, b)[0]
	*x, *y = *y, *x
}

func TestNothingIsFoundWhereNothingIsWrong(t *testing.T) {
	for name, change := range map[string]func(*madeUp){
		"plain":           func(*madeUp) {},
		"nothing at all":  func(x *madeUp) { *x = madeUp{} },
		"an edit":         func(x *madeUp) { x.message("s1").Rev = 2; x.both("s1", func(p *Post) { p.Rev = 2 }) },
		"edits as events": func(x *madeUp) { x.posts(Matrix, "s1")[0].Edits = []int{1, 2} },
		"deleted":         func(x *madeUp) { x.message("m2").Deleted = true; x.remove(Slack, "m2"); x.remove(Matrix, "m2") },
		"a thread": func(x *madeUp) {
			x.message("s2").Root = "m1"
			x.both("s2", func(p *Post) { p.Root = "m1" })
		},
		"a reply that came out in a thread": func(x *madeUp) {
			x.message("m2").Reply = true
			x.posts(Slack, "m2")[0].Root = "m1"
		},
		"a mention": func(x *madeUp) {
			x.message("m1").Mention = "bob"
			x.posts(Slack, "m1")[0].Mentions = []string{"cleo", "bob"}
		},
		"a reaction": func(x *madeUp) {
			x.message("s1").Reactions[Reaction{Slack, "bob", "eyes"}] = true
			x.both("s1", func(p *Post) { p.Reactions = []Reaction{{Slack, "bob", "eyes"}} })
		},
		"a reaction of two in Matrix": func(x *madeUp) {
			x.message("s1").Reactions[Reaction{Matrix, "owner", "eyes"}] = true
			x.message("s1").Reactions[Reaction{Matrix, "ann", "eyes"}] = true
			x.posts(Matrix, "s1")[0].Reactions = []Reaction{{Matrix, "owner", "eyes"}, {Matrix, "ann", "eyes"}}
			x.posts(Slack, "s1")[0].Reactions = []Reaction{{Matrix, "the bridge", "eyes"}}
		},
		"a long text": func(x *madeUp) {
			x.message("m1").Words = 4
			x.posts(Slack, "m1")[0].Words = []int{1, 2}
			x.add(Slack, Post{Tag: "m1", Words: []int{3, 4}})
		},
		"written at the same time": func(x *madeUp) {
			x.message("m2").Began = at(0)
			x.swap(Slack, "m1", "m2")
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := bridged()
			change(x)
			require.Empty(t, compare(x.ledger, x.seen, x.acks))
		})
	}
}

func TestWhatIsWrongIsFound(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*madeUp)
		want   string
	}{
		"a message from Slack is lost":  {func(x *madeUp) { x.remove(Matrix, "s2") }, "Slack → Matrix: message of s2 lost: in general by alice"},
		"a message from Matrix is lost": {func(x *madeUp) { x.remove(Slack, "m3") }, "Matrix → Slack: message of m3 lost: in general by alice"},
		"a message is doubled":          {func(x *madeUp) { x.add(Slack, *x.posts(Slack, "m1")[0]) }, "Matrix → Slack: message of m1 doubled: 2 copies"},
		"an edit is lost": {
			func(x *madeUp) {
				x.message("s1").Rev = 2
				x.posts(Slack, "s1")[0].Rev = 2
				x.posts(Matrix, "s1")[0].Rev = 1
			},
			"Slack → Matrix: edit of s1 lost: revision 1 is shown and not 2",
		},
		"an edit is doubled": {func(x *madeUp) { x.posts(Matrix, "s1")[0].Edits = []int{1, 1} }, "Slack → Matrix: edit of s1 doubled: revision 1"},
		"a delete is lost":   {func(x *madeUp) { x.message("m2").Deleted = true; x.remove(Matrix, "m2") }, "Matrix → Slack: delete of m2 lost"},
		"a thread is lost": {
			func(x *madeUp) { x.message("m2").Root = "m1"; x.posts(Matrix, "m2")[0].Root = "m1" },
			`Matrix → Slack: thread of m2 lost: it is in the thread of "" and not of "m1"`,
		},
		"a mention is lost": {func(x *madeUp) { x.message("s1").Mention = "bob" }, "Slack → Matrix: mention of s1 lost: of bob"},
		"a reaction is lost": {
			func(x *madeUp) {
				x.message("m1").Reactions[Reaction{Slack, "bob", "eyes"}] = true
				x.posts(Slack, "m1")[0].Reactions = []Reaction{{Slack, "bob", "eyes"}}
			},
			"Slack → Matrix: reaction of m1 lost: eyes of bob",
		},
		"a reaction's end is lost": {
			func(x *madeUp) { x.posts(Slack, "s1")[0].Reactions = []Reaction{{Matrix, "the bridge", "eyes"}} },
			"Matrix → Slack: removed reaction of s1 lost: eyes of the bridge is still there",
		},
		"a reaction is doubled": {
			func(x *madeUp) {
				x.message("s1").Reactions[Reaction{Slack, "bob", "eyes"}] = true
				x.posts(Matrix, "s1")[0].Reactions = []Reaction{{Slack, "bob", "eyes"}, {Slack, "bob", "eyes"}}
			},
			"Slack → Matrix: reaction of s1 doubled: eyes of bob",
		},
		"a piece is lost": {
			func(x *madeUp) { x.message("m1").Words = 4; x.posts(Slack, "m1")[0].Words = []int{1, 2} },
			"Matrix → Slack: part of m1 lost: 2 of 4 words",
		},
		"the first piece is lost": {
			func(x *madeUp) { x.posts(Slack, "m1")[0].First = false },
			"Matrix → Slack: part of m1 lost: its beginning",
		},
		"a piece is doubled": {
			func(x *madeUp) {
				x.message("m1").Words = 4
				x.posts(Slack, "m1")[0].Words = []int{1, 2}
				x.add(Slack, Post{Tag: "m1", Words: []int{3, 4}})
				x.add(Slack, Post{Tag: "m1", Words: []int{3, 4}})
			},
			"Matrix → Slack: part of m1 doubled: from word 3 on",
		},
		"pieces are swapped": {
			func(x *madeUp) { x.message("m1").Words = 2; x.posts(Slack, "m1")[0].Words = []int{2, 1} },
			"Matrix → Slack: part of m1 out of order",
		},
		"two messages from Matrix are swapped": {func(x *madeUp) { x.swap(Slack, "m1", "m2") }, "Matrix → Slack: message of m1 out of order: after m2 in general"},
		"two messages from Slack are swapped":  {func(x *madeUp) { x.swap(Matrix, "s2", "s3") }, "Slack → Matrix: message of s2 out of order: after s3 in general"},
		"so were their events": {
			func(x *madeUp) { x.swap(Matrix, "s2", "s3"); x.acks["s2"] = Ack{Sent: at(3), Acked: at(30)} },
			"Slack → Matrix: message of s2 overtaken, as its event was: after s3 in general",
		},
		"it overtook by way of the history": {
			func(x *madeUp) { x.swap(Matrix, "s2", "s3"); x.acks["s3"] = Ack{Sent: at(5)} },
			"Slack → Matrix: message of s2 out of order: after s3 in general, whose event Slack had given up",
		},
		"its event was never acknowledged": {
			func(x *madeUp) { x.swap(Matrix, "s2", "s3"); x.acks["s2"] = Ack{Sent: at(3)} },
			"Slack → Matrix: message of s2 overtaken, as its event was: after s3 in general",
		},
		"it is in another place": {func(x *madeUp) { x.posts(Matrix, "s2")[0].Place = "random" }, "Slack → Matrix: message of s2 lost: it is in random and not in general"},
		"its own side lacks it":  {func(x *madeUp) { x.remove(Slack, "s2") }, "Slack → Matrix: message of s2 not as written: Slack shows 0 copies of it"},
		"its own side keeps it":  {func(x *madeUp) { x.message("s2").Deleted = true; x.remove(Matrix, "s2") }, "Slack → Matrix: delete of s2 not as written: Slack still shows it"},
	} {
		t.Run(name, func(t *testing.T) {
			x := bridged()
			tc.change(x)
			verdict := compare(x.ledger, x.seen, x.acks)
			require.Len(t, verdict, 1)
			require.Equal(t, tc.want, verdict[0].String())
			require.Equal(t, 1, verdict.Count(verdict[0].From, verdict[0].Kind))
			require.Equal(t, verdict[0].Kind == Unordered, verdict.Clean())
		})
	}
}

func TestMarks(t *testing.T) {
	long := Message{Tag: "m12", Words: 3}
	require.Equal(t, []mark{{"m12", 2, 0}, {"m12", 2, 1}, {"m12", 2, 2}, {"m12", 2, 3}}, marks(write(long, 2)))
	require.Equal(t, []mark{{"s7", 0, 0}}, marks(write(Message{Tag: "s7"}, 0)))
	require.Empty(t, marks("items.12 and e.g. s1 or 2.0"))
}
