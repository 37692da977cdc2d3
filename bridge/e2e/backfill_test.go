package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/testbed"
)

// TestBackfill has people talk in a channel before the bridge starts for the first time:
// its room begins with what they said, in order and as of the time at which they said it.
// The bridge is killed while it reads, while it sends, between a send and its note, and when
// the homeserver has a file of which no row says so.
func TestBackfill(t *testing.T) {
	program := testbed.MustBuildWithFailpoints(t)
	t.Run("39 a new room begins with what was said", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			options.Bridge, options.Stopped = program, true
			options.Settings = map[string]any{"backfill.max_initial_messages": 200}
			bed := testbed.Start(t, options)
			past := talkBefore(bed)
			alice, cat := bed.Slack.Person("alice"), picture(t, 40, 30)
			alice.MustShare("general", "", control.FileContent{Name: "cat.png", Content: cat})
			past.texts = append(past.texts, "cat.png")
			for _, death := range []struct {
				at failpoint.Name
				n  int
			}{{failpoint.PagePut, 1}, {failpoint.SendRow, 40}, {failpoint.BetweenParts, 1}, {failpoint.FileUploaded, 1}} {
				bed.Bridge.MustLaunchUntilHit(death.at, death.n)
				bed.Bridge.AwaitKilled()
			}
			bed.Bridge.MustStart()
			general := bed.Owner.AwaitRoom("#general")
			alice.MustPost("general", "and now live")
			bed.Owner.AwaitText(general, "and now live")
			past.check(t, general)
			shown := bed.Owner.AwaitMessage(general, "the picture", func(m testbed.Message) bool { return m.Body == "cat.png" })
			require.Equal(t, cat, content(t, bed.Owner, contentOf(t, bed.Owner, general, shown.ID).URL))
		})
	})
}

// TestPeopleComeAfterTheHistory has a public channel, whose room is the login's owner's, is open
// to members of the space, and to which network.invite invites others. The bridge is killed
// while it fills the room, and when it has filled it: no person is in the room before all
// that was said is, and all can come in afterwards.
func TestPeopleComeAfterTheHistory(t *testing.T) {
	program := testbed.MustBuildWithFailpoints(t)
	const ann, ben = id.UserID("@ann:" + testbed.ServerName), id.UserID("@ben:" + testbed.ServerName)
	onEach(t, func(t *testing.T, options testbed.Options) {
		options.Bridge, options.Stopped = program, true
		options.Settings = map[string]any{
			"network.invite": []id.UserID{ann}, "network.channels.include": []string{"general"},
		}
		bed := testbed.Start(t, options)
		invited, inSpace := bed.MustRegister(ann.Localpart()), bed.MustRegister(ben.Localpart())
		alice := bed.Slack.Person("alice")
		for n := range 30 {
			alice.MustPost("general", fmt.Sprintf("old message %d", n))
		}

		bed.Bridge.MustLaunchUntilHit(failpoint.SendRow, 10)
		bed.Bridge.AwaitKilled()
		space := bed.Owner.AwaitRoom(testbed.TeamName)
		bed.Owner.MustInvite(space, ben)
		inSpace.MustJoin(inSpace.AwaitInvite(testbed.TeamName).String())
		invited.MustJoin(invited.AwaitInvite(testbed.TeamName).String())
		general := childOf(t, inSpace, space)
		isClosed := func() {
			for _, person := range []*testbed.Person{bed.Owner, invited, inSpace} {
				_, err := person.Client.JoinRoomByID(t.Context(), general)
				require.ErrorContains(t, err, "M_FORBIDDEN", person.UserID)
			}
		}
		isClosed()
		bed.Bridge.MustLaunchUntilHit(failpoint.RoomFilled, 1)
		bed.Bridge.AwaitKilled()
		isClosed()
		bed.Bridge.MustStart()

		t.Run("39 people come in when the room is filled", func(t *testing.T) {
			require.Equal(t, general, bed.Owner.AwaitRoom("#general"))
			require.Equal(t, general, invited.AwaitRoom("#general"))
			alice.MustPost("general", "and now live")
			bed.Owner.AwaitText(general, "and now live")
			inSpace.MustJoin("#slack_general:" + testbed.ServerName)
			inSpace.AwaitText(general, "and now live")

			past, people := 0, map[string]bool{}
			for _, evt := range bed.Owner.MustReadBack(general).Events {
				switch {
				case evt.Type == event.EventMessage && len(people) == 0:
					require.Equal(t, fmt.Sprintf("old message %d", past), evt.Content.AsMessage().Body)
					past++
				case evt.Type == event.StateMember && !strings.HasPrefix(*evt.StateKey, "@slack"):
					people[*evt.StateKey] = true
				}
			}
			require.Equal(t, 30, past, "before the first of them")
			require.Len(t, people, 3)
		})
	})
}

// childOf is the one room in a space, also if the person may not see it.
func childOf(t *testing.T, person *testbed.Person, space id.RoomID) id.RoomID {
	t.Helper()
	state, err := person.Client.State(t.Context(), space)
	require.NoError(t, err)
	rooms := slices.Collect(maps.Keys(state[event.StateSpaceChild]))
	require.Len(t, rooms, 1)
	return id.RoomID(rooms[0])
}

// TestARoomOfAnAliasBeginsWithTheHistory has a member of the space join the alias of a channel
// that has no room yet.
func TestARoomOfAnAliasBeginsWithTheHistory(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true, Settings: map[string]any{"network.conversation_count": 0}})
	bed.Slack.Person("alice").MustPost("general", "said before")
	bed.Bridge.MustStart()
	bed.Slack.AwaitSocket()
	bed.Owner.AwaitRoom(testbed.TeamName)
	general := bed.Owner.MustJoin("#slack_general:" + testbed.ServerName)
	require.Equal(t, "said before", bed.Owner.MustReadBack(general).Messages()[0].Body)
}

// past is what people said before there was a bridge.
type past struct {
	bed   *testbed.Bed
	texts []string            // as they are shown, in order; the replies of threads among them
	said  map[string]string   // ts by text
	roots map[string]string   // the text of the root, by the text of a reply
	by    map[string]string   // the person, by text
	eyes  map[string][]string // who reacts with eyes, by text
}

const pastMessages = 150

// talkBefore has people write messages, some of which are edited, deleted, liked or answered.
// There are five threads of two or three answers, each of which goes on while the next is
// answered.
func talkBefore(bed *testbed.Bed) *past {
	p := &past{bed: bed, said: map[string]string{}, roots: map[string]string{}, by: map[string]string{}, eyes: map[string][]string{}}
	alice := bed.Slack.Person("alice")
	old := func(n int) string { return fmt.Sprintf("old message %d", n) }
	for n := range pastMessages {
		text := old(n)
		switch {
		case n == 65:
			p.say("alice", "begin of a long text "+strings.Repeat("word ", 7000)+"end of it") // several parts
		case n%30 == 10:
			p.say("bob", text)
			p.like("alice", text)
		case n%30 == 11 && n > 30:
			p.answer("bob", text, old(n-31)) // the thread before
		case n%30 == 12:
			p.answer("bob", text, old(n-2))
		case n%30 == 17:
			p.answer("alice", text, old(n-7))
		case n%30 == 15:
			ts := alice.MustPost("general", text)
			alice.MustEdit("general", ts, text+", edited")
			p.note("alice", text+", edited", ts)
		case n%30 == 20:
			alice.MustDelete("general", alice.MustPost("general", text))
		default:
			p.say("alice", text)
		}
	}
	p.like("bob", old(40))
	return p
}

func (p *past) note(name, text, ts string) {
	p.texts, p.said[text], p.by[text] = append(p.texts, text), ts, name
}

func (p *past) say(name, text string) {
	p.note(name, text, p.bed.Slack.Person(name).MustPost("general", text))
}

func (p *past) answer(name, text, root string) {
	p.roots[text] = root
	p.note(name, text, p.bed.Slack.Person(name).MustThread("general", p.said[root], text))
}

func (p *past) like(name, text string) {
	p.bed.Slack.Person(name).MustReact("general", p.said[text], "eyes")
	p.eyes[text] = append(p.eyes[text], name)
}

// check compares the room with what was said.
func (p *past) check(t *testing.T, general id.RoomID) {
	t.Helper()
	room := p.bed.Owner.MustReadBack(general)
	var shown []string
	events := map[string]testbed.Message{}
	for _, message := range room.Messages() {
		shown, events[message.Body] = append(shown, message.Body), message
	}
	require.Equal(t, squeezed(append(p.texts, "and now live")), squeezed(whole(shown)))
	for text, message := range events {
		root, isAnswer := p.roots[text]
		require.Equal(t, isAnswer, message.Thread != "", text)
		require.Equal(t, events[root].ID, message.Thread, text)
	}
	for text, ts := range p.said {
		message, found := events[text]
		if !found {
			continue // in several parts
		}
		require.Equal(t, p.bed.Slack.Person(p.by[text]).GhostID(), message.Sender, text)
		require.Equal(t, ts[:10], fmt.Sprint(time.UnixMilli(message.Event.Timestamp).Unix()), text)
	}
	p.checkReactions(t, room.Reactions(), events)
}

// checkReactions compares who has reacted to what, as of the time at which that was said.
func (p *past) checkReactions(t *testing.T, shown []testbed.Reaction, events map[string]testbed.Message) {
	t.Helper()
	expected, found := map[id.EventID][]id.UserID{}, map[id.EventID][]id.UserID{}
	at := map[id.EventID]string{}
	for text, names := range p.eyes {
		message := events[text].ID
		require.NotEmpty(t, message, text)
		at[message] = p.said[text][:10]
		for _, name := range names {
			expected[message] = append(expected[message], p.bed.Slack.Person(name).GhostID())
		}
		slices.Sort(expected[message])
	}
	for _, reaction := range shown {
		require.Equal(t, "👀", reaction.Key)
		require.Equal(t, at[reaction.Of], fmt.Sprint(reaction.At.Unix()))
		found[reaction.Of] = append(found[reaction.Of], reaction.Sender)
		slices.Sort(found[reaction.Of])
	}
	require.Equal(t, expected, found)
}
