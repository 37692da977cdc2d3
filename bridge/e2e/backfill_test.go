package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/testbed"
)

// TestBackfill has people talk in a channel before the bridge starts for the first time:
// its room begins with what they said, in order and as of the time at which they said it.
// The bridge is killed while it reads, while it sends, and between a send and its note.
func TestBackfill(t *testing.T) {
	program := testbed.MustBuildWithFailpoints(t)
	t.Run("39 a new room begins with what was said", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			options.Bridge, options.Stopped = program, true
			options.Settings = map[string]any{"backfill.max_initial_messages": 200}
			bed := testbed.Start(t, options)
			past := talkBefore(bed)
			for _, death := range []struct {
				at failpoint.Name
				n  int
			}{{failpoint.PagePut, 1}, {failpoint.SendRow, 40}, {failpoint.BetweenParts, 1}} {
				bed.Bridge.MustLaunchUntilHit(death.at, death.n)
				bed.Bridge.AwaitKilled()
			}
			bed.Bridge.MustStart()
			general := bed.Owner.AwaitRoom("#general")
			alice := bed.Slack.Person("alice")
			alice.MustPost("general", "and now live")
			bed.Owner.AwaitText(general, "and now live")
			past.check(t, bed, general)
		})
	})
}

// past is what people said before there was a bridge.
type past struct {
	texts []string          // as they are shown, in order; the replies of threads among them
	said  map[string]string // ts by text
	roots map[string]string // the text of the root, by the text of a reply
	by    map[string]string // the person, by text
	eyes  map[string]string // who reacts with eyes, by text
}

const pastMessages = 150

// talkBefore has people write messages, some of which are edited, deleted, liked or answered.
func talkBefore(bed *testbed.Bed) *past {
	alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
	p := &past{said: map[string]string{}, roots: map[string]string{}, by: map[string]string{}, eyes: map[string]string{}}
	say := func(person *testbed.SlackPerson, name, text, root string) {
		ts := ""
		if root == "" {
			ts = person.MustPost("general", text)
		} else {
			ts = person.MustThread("general", p.said[root], text)
			p.roots[text] = root
		}
		p.texts, p.said[text], p.by[text] = append(p.texts, text), ts, name
	}
	for n := range pastMessages {
		text := fmt.Sprintf("old message %d", n)
		switch {
		case n == 70:
			say(alice, "alice", "begin of a long text "+strings.Repeat("word ", 7000)+"end of it", "") // several parts
		case n%30 == 10:
			say(bob, "bob", text, "")
			alice.MustReact("general", p.said[text], "eyes")
			p.eyes[text] = "alice"
		case n%30 == 12:
			say(bob, "bob", text, fmt.Sprintf("old message %d", n-2))
		case n%30 == 15:
			ts := alice.MustPost("general", text)
			alice.MustEdit("general", ts, text+", edited")
			text += ", edited"
			p.texts, p.said[text], p.by[text] = append(p.texts, text), ts, "alice"
		case n%30 == 20:
			alice.MustDelete("general", alice.MustPost("general", text))
		default:
			say(alice, "alice", text, "")
		}
	}
	return p
}

// check compares the room with what was said.
func (p *past) check(t *testing.T, bed *testbed.Bed, general id.RoomID) {
	t.Helper()
	room := bed.Owner.MustReadBack(general)
	var shown []string
	events := map[string]testbed.Message{}
	for _, message := range room.Messages() {
		shown, events[message.Body] = append(shown, message.Body), message
	}
	require.Equal(t, squeezed(append(p.texts, "and now live")), squeezed(whole(shown)))
	for text, root := range p.roots {
		require.Equal(t, events[root].ID, events[text].Thread, text)
	}
	for text, ts := range p.said {
		message, found := events[text]
		if !found {
			continue // in several parts
		}
		require.Equal(t, bed.Slack.Person(p.by[text]).GhostID(), message.Sender, text)
		require.Equal(t, ts[:10], fmt.Sprint(time.UnixMilli(message.Event.Timestamp).Unix()), text)
	}
	reactions := map[id.EventID]string{}
	for _, reaction := range room.Reactions() {
		reactions[reaction.Of] += reaction.Key
	}
	require.Len(t, reactions, len(p.eyes))
	for text := range p.eyes {
		require.Equal(t, "👀", reactions[events[text].ID], text)
	}
}
