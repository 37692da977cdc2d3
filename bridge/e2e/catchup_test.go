package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestAbsence stops the bridge for as long as Slack repeats events, and for longer, while
// people on both sides write, edit, delete, react and answer. Within a minute of its
// return each side shows what the other does, in order. No new message is needed for that.
func TestAbsence(t *testing.T) {
	t.Run("40 what both sides did while the bridge was away", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, general := inGeneral(t, options)
			bed.Slack.AwaitSocket()
			for _, absence := range []time.Duration{5 * time.Minute, 20 * time.Minute} {
				t.Run(absence.String(), func(t *testing.T) {
					a := &absent{bed: bed, general: general, alice: bed.Slack.Person("alice"), bob: bed.Slack.Person("bob"), when: " (" + absence.String() + ")"}
					a.before()
					bed.Bridge.MustStop()
					a.inSlack()
					a.inMatrix()
					bed.Slack.MustPass(absence)

					back := time.Now()
					bed.Bridge.MustStart()
					a.seenInMatrix()
					a.seenInSlack()
					require.Less(t, time.Since(back), time.Minute)
					a.alice.MustPost("general", a.text("and on"))
					bed.Owner.AwaitText(general, a.text("and on"))
					require.Equal(t, a.texts("missed 1", "missed 2", "missed 3", "missed, and edited", "and on"), a.missed())
					bed.Owner.MustSend(general, a.text("and on here"))
					bed.Slack.AwaitPost("general", a.text("and on here")) // everything written before is handled
					require.Equal(t, a.texts("written 1", "written 2", "written, and edited"), a.written())
				})
			}
		})
	})
}

// absent is what people do before the bridge stops and while it is down.
type absent struct {
	bed        *testbed.Bed
	general    id.RoomID
	alice, bob *testbed.SlackPerson
	when       string

	// What exists before: messages from Slack, by ts and event id, and from Matrix.
	slack map[string]said
	mine  map[string]said
	eyes  id.EventID // a reaction in Matrix by a person in Slack
	thumb id.EventID // one in Matrix of the owner
}

// said is one message on both sides.
type said struct {
	ts    string
	event id.EventID
}

func (a *absent) text(text string) string { return text + a.when }

func (a *absent) texts(texts ...string) (all []string) {
	for _, text := range texts {
		all = append(all, a.text(text))
	}
	return all
}

func (a *absent) before() {
	a.slack, a.mine = map[string]said{}, map[string]said{}
	for _, text := range []string{"to be edited", "to be deleted", "to be liked", "a thread", "not liked any more"} {
		ts := a.alice.MustPost("general", a.text(text))
		a.slack[text] = said{ts, a.bed.Owner.AwaitText(a.general, a.text(text)).ID}
	}
	for _, text := range []string{"my edit", "my deletion", "my message"} {
		event := a.bed.Owner.MustSend(a.general, a.text(text))
		a.mine[text] = said{a.bed.Slack.AwaitPost("general", a.text(text)).TS, event}
	}
	unliked := a.slack["not liked any more"]
	a.bob.MustReact("general", unliked.ts, "eyes")
	a.eyes = a.bed.Owner.AwaitReaction(a.general, unliked.event, "👀").ID
	a.thumb = a.bed.Owner.MustReact(a.general, unliked.event, "👍")
	a.bed.Slack.AwaitReaction("general", unliked.ts, "+1")
}

func (a *absent) inSlack() {
	a.alice.MustEdit("general", a.slack["to be edited"].ts, a.text("edited while you were away"))
	a.alice.MustDelete("general", a.slack["to be deleted"].ts)
	a.bob.MustReact("general", a.slack["to be liked"].ts, "tada")
	a.bob.MustUnreact("general", a.slack["not liked any more"].ts, "eyes")
	a.bob.MustThread("general", a.slack["a thread"].ts, a.text("an answer"))
	a.bob.MustThread("general", a.mine["my message"].ts, a.text("an answer to Matrix"))
	for _, text := range a.texts("missed 1", "missed 2", "missed 3") {
		a.alice.MustPost("general", text)
	}
	late := a.bob.MustPost("general", a.text("missed and edited"))
	a.bob.MustEdit("general", late, a.text("missed, and edited"))
	a.bob.MustDelete("general", a.bob.MustPost("general", a.text("missed and deleted")))
	a.bob.MustPost(testbed.DirectWith("bob"), a.text("is there a bot?")) // for the first time
}

func (a *absent) inMatrix() {
	owner := a.bed.Owner
	owner.MustEdit(a.general, a.mine["my edit"].event, a.text("edited in Matrix"))
	owner.MustRedact(a.general, a.mine["my deletion"].event)
	owner.MustReact(a.general, a.slack["a thread"].event, "🎉")
	owner.MustRedact(a.general, a.thumb)
	owner.MustThread(a.general, a.slack["a thread"].event, a.text("answered in Matrix"))
	for _, text := range a.texts("written 1", "written 2") {
		owner.MustSend(a.general, text)
	}
	late := owner.MustSend(a.general, a.text("written and edited"))
	owner.MustEdit(a.general, late, a.text("written, and edited"))
	owner.MustRedact(a.general, owner.MustSend(a.general, a.text("written and deleted")))
}

func (a *absent) seenInMatrix() {
	owner := a.bed.Owner
	owner.AwaitText(a.general, a.text("missed, and edited"))
	owner.AwaitEdit(a.general, a.slack["to be edited"].event, a.text("edited while you were away"))
	owner.AwaitReaction(a.general, a.slack["to be liked"].event, "🎉")
	owner.AwaitRedacted(a.general, a.slack["to be deleted"].event)
	owner.AwaitMessage(a.general, "the answer in its thread", func(m testbed.Message) bool {
		return m.Body == a.text("an answer") && m.Thread == a.slack["a thread"].event
	})
	owner.AwaitText(a.general, a.text("an answer to Matrix"))
	owner.AwaitRedacted(a.general, a.eyes)
	owner.AwaitText(owner.AwaitRoom("Bob Baker"), a.text("is there a bot?"))
}

func (a *absent) seenInSlack() {
	slack := a.bed.Slack
	slack.AwaitPost("general", a.text("written, and edited"))
	slack.AwaitEdit("general", a.mine["my edit"].ts, a.text("edited in Matrix"))
	slack.AwaitDeleted("general", a.mine["my deletion"].ts)
	slack.AwaitReaction("general", a.slack["a thread"].ts, "tada")
	slack.AwaitNoReaction("general", a.slack["not liked any more"].ts, "+1")
	slack.AwaitReply("general", a.slack["a thread"].ts, a.text("answered in Matrix"))
}

// missed returns what Matrix shows of the messages written in Slack meanwhile.
func (a *absent) missed() (texts []string) {
	for _, message := range a.bed.Owner.Messages(a.general) {
		switch text := message.Body; text {
		case a.text("missed 1"), a.text("missed 2"), a.text("missed 3"), a.text("missed, and edited"), a.text("missed and deleted"), a.text("and on"):
			texts = append(texts, text)
		}
	}
	return texts
}

// written returns what Slack shows of the messages written in Matrix meanwhile.
func (a *absent) written() (texts []string) {
	for _, post := range a.bed.Slack.PostsOf("general", "owner") {
		switch text := post.Text; text {
		case a.text("written 1"), a.text("written 2"), a.text("written, and edited"), a.text("written and deleted"):
			texts = append(texts, text)
		}
	}
	return texts
}
