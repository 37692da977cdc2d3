package torture

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// echo is a side that takes everything, and names messages by their number.
type echo struct {
	said, edits, removed, reactions, ended int
	roots                                  map[string]bool
	refuses                                error
}

func (e *echo) say(_ context.Context, _ *place, what saying) (string, error) {
	e.said++
	if what.root != "" {
		e.roots[what.root] = true
	}
	return fmt.Sprint(e.said), nil
}

func (e *echo) edit(context.Context, *place, string, string) error    { e.edits++; return nil }
func (e *echo) remove(context.Context, *place, string) error          { e.removed++; return nil }
func (e *echo) react(context.Context, *place, string, string) error   { e.reactions++; return e.refuses }
func (e *echo) unreact(context.Context, *place, string, string) error { e.ended++; return e.refuses }

func newPerson(side Side, voice voice, ledger *Ledger, view *view) *person {
	return &person{side: side, name: "alice", places: []*place{general}, voice: voice, dice: source(1, "alice"), ledger: ledger, view: view}
}

// TestPersonDoesEverything has a person act for a while, alone.
func TestPersonDoesEverything(t *testing.T) {
	for _, side := range []Side{Slack, Matrix} {
		t.Run(side.String(), func(t *testing.T) {
			voice, ledger := &echo{roots: map[string]bool{}}, newLedger()
			alice := newPerson(side, voice, ledger, newView())
			for range 3000 {
				require.NoError(t, alice.act(t.Context(), general))
			}
			require.Greater(t, ledger.Items(side), 2900, "a reaction may be there already")
			require.Equal(t, ledger.Items(side), voice.said+voice.edits+voice.removed+voice.reactions+voice.ended)
			for what, count := range map[string]int{
				"edits": voice.edits, "deletes": voice.removed, "reactions": voice.reactions, "ends of reactions": voice.ended, "threads": len(voice.roots),
			} {
				require.Greater(t, count, 20, what)
			}
			messages := ledger.Messages()
			require.Len(t, messages, voice.said)
			kinds := map[string]int{}
			for _, m := range messages {
				kinds["long"] += count(m.Words > 0)
				kinds["naming a person"] += count(m.Mention != "")
				if m.Root != "" {
					root, ok := ledger.find(m.Root)
					require.True(t, ok)
					require.False(t, root.Deleted, "a root stays")
					require.Empty(t, root.Root)
				}
				require.False(t, m.Deleted && !doomed(m.Tag))
			}
			require.Greater(t, kinds["long"], 20)
			require.Greater(t, kinds["naming a person"], 20)
		})
	}
}

func count(yes bool) int { return map[bool]int{true: 1}[yes] }

// TestReactionToWhatIsGone is not a mistake if the other side may have deleted the
// message, and is one if no one may delete it.
func TestReactionToWhatIsGone(t *testing.T) {
	gone := errors.New("message_not_found")
	for tag, want := range map[string]error{"s5": nil, "m1": nil, "s1": gone} {
		ledger, view := newLedger(), newView()
		ledger.wrote(Message{Tag: tag, Side: Side(tag[:1]), Place: "general", Author: "bob"})
		view.saw(Slack, "general", tag, "1.0")
		require.ErrorIs(t, newPerson(Slack, &echo{refuses: gone}, ledger, view).react(t.Context(), general, tag), want, tag)
		require.Zero(t, ledger.Items(Slack)-count(tag[0] == 's'), "it did not happen")
	}
}
