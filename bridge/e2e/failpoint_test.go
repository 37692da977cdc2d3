package e2e_test

import (
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

// death is one way to die at a failpoint.
type death struct {
	at   failpoint.Name
	name string
	// forgets says that the homeserver is killed too: Synapse forgets transaction ids.
	forgets bool
	// away runs while there is no bridge, do while the bridge runs that will be killed.
	away, do func(*dying)
	// seen waits for what must be visible on the other side after the next start.
	seen func(*dying)
}

// deaths lists the failpoints, each with every way in which the bridge reaches it.
func deaths() []death {
	return []death{
		{
			at: failpoint.CommitAck, name: "an envelope",
			do:   func(d *dying) { d.say("stored and not acknowledged") },
			seen: func(d *dying) { d.inMatrix("stored and not acknowledged") },
		},
		{
			at: failpoint.Commit200, name: "a transaction",
			away: func(d *dying) { d.send("stored and not answered") },
			seen: func(d *dying) { d.inSlack("stored and not answered") },
		},
		{
			at: failpoint.SendRow, name: "a message from Slack",
			do:   func(d *dying) { d.say("sent and not noted") },
			seen: func(d *dying) { d.inMatrix("sent and not noted") },
		},
		{
			at: failpoint.SendRow, name: "an answer from Slack",
			do: func(d *dying) {
				d.alice.MustThread("general", d.ts, "answered and not noted")
				d.fromSlack = append(d.fromSlack, "answered and not noted")
			},
			seen: func(d *dying) { d.inMatrix("answered and not noted") },
		},
		{
			at: failpoint.SendRow, name: "an edit from Slack",
			do: func(d *dying) {
				d.alice.MustEdit("general", d.ts, "edited")
				d.fromSlack = append(d.fromSlack, "edited")
			},
			seen: func(d *dying) { d.bed.Owner.AwaitEdit(d.general, d.event, "edited") },
		},
		{
			at: failpoint.SendRow, name: "a reaction from Slack",
			do:   func(d *dying) { d.alice.MustReact("general", d.ts, "tada") },
			seen: func(d *dying) { d.bed.Owner.AwaitReaction(d.general, d.event, "🎉") },
		},
		{
			at: failpoint.SendRow, name: "a message that the homeserver does not know it has", forgets: true,
			do:   func(d *dying) { d.say("sent and forgotten") },
			seen: func(d *dying) { d.inMatrix("sent and forgotten") },
		},
		{
			at: failpoint.SendRow, name: "an edit that the homeserver does not know it has", forgets: true,
			do: func(d *dying) {
				d.alice.MustEdit("general", d.ts, "edited and forgotten")
				d.fromSlack = append(d.fromSlack, "edited and forgotten")
			},
			seen: func(d *dying) { d.bed.Owner.AwaitEdit(d.general, d.event, "edited and forgotten") },
		},
		{
			at: failpoint.SendRow, name: "a message from Matrix",
			do:   func(d *dying) { d.send("posted and not noted") },
			seen: func(d *dying) { d.inSlack("posted and not noted") },
		},
		{
			at: failpoint.FileBegun, name: "a file from Matrix whose content is not sent",
			do:   func(d *dying) { d.file("begun.txt") },
			seen: func(d *dying) { d.inSlackAsFile("begun.txt") },
		},
		{
			at: failpoint.FileSent, name: "a file from Matrix whose content is sent",
			do:   func(d *dying) { d.file("sent.txt") },
			seen: func(d *dying) { d.inSlackAsFile("sent.txt") },
		},
		{
			at: failpoint.FileCompleting, name: "a file from Matrix that is about to be shown",
			do:   func(d *dying) { d.file("completing.txt") },
			seen: func(d *dying) { d.inSlackAsFile("completing.txt") },
		},
		{
			at: failpoint.FileCompleted, name: "a file from Matrix that is shown",
			do:   func(d *dying) { d.file("completed.txt") },
			seen: func(d *dying) { d.inSlackAsFile("completed.txt") },
		},
		{
			at: failpoint.SendRow, name: "a file from Matrix that is shown and known",
			do:   func(d *dying) { d.file("known.txt") },
			seen: func(d *dying) { d.inSlackAsFile("known.txt") },
		},
		{
			at: failpoint.RowDone, name: "a row from Slack",
			do:   func(d *dying) { d.say("noted and not done") },
			seen: func(d *dying) { d.inMatrix("noted and not done") },
		},
		{
			at: failpoint.RowDone, name: "a row from the homeserver",
			do:   func(d *dying) { d.send("noted and not done yet") },
			seen: func(d *dying) { d.inSlack("noted and not done yet") },
		},
		{
			at: failpoint.BetweenParts, name: "a long message from Slack",
			do:   func(d *dying) { d.say(long("parts")) },
			seen: func(d *dying) { d.bed.Owner.AwaitMessage(d.general, "the last part", says("end of parts")) },
		},
		{
			at: failpoint.BetweenPieces, name: "a long message from Matrix",
			do: func(d *dying) { d.send(long("pieces")) },
			seen: func(d *dying) {
				d.bed.Slack.AwaitPostWith("general", "the last piece", endsWith("end of pieces"))
			},
		},
		{
			at: failpoint.RedactionRow, name: "a deletion in Slack",
			do:   func(d *dying) { d.alice.MustDelete("general", d.doomed) },
			seen: func(d *dying) { d.bed.Owner.AwaitRedacted(d.general, d.doomedEvent) },
		},
		{
			at: failpoint.RedactionRow, name: "a deletion in Matrix",
			do: func(d *dying) { d.bed.Owner.MustRedact(d.general, d.mine) },
			seen: func(d *dying) {
				d.bed.Slack.AwaitDeleted("general", d.mineTS)
				d.fromMatrix = slices.DeleteFunc(d.fromMatrix, func(text string) bool { return text == "doomed in Matrix" })
			},
		},
		{
			at: failpoint.ReactionReactor, name: "a reaction from Matrix",
			do: func(d *dying) { d.reaction = d.bed.Owner.MustReact(d.general, d.event, "👍") },
			seen: func(d *dying) {
				d.bed.Slack.AwaitReaction("general", d.ts, "+1")
				d.bed.Owner.MustRedact(d.general, d.reaction)
				d.bed.Slack.AwaitNoReaction("general", d.ts, "+1")
			},
		},
		{
			at: failpoint.FileSpooled, name: "a file from Slack that is half way",
			do:   func(d *dying) { d.share("in the spool") },
			seen: func(d *dying) { d.inMatrix("in the spool") },
		},
		{
			at: failpoint.FileUploaded, name: "a file from Slack that only the homeserver knows of",
			do:   func(d *dying) { d.share("uploaded and not noted") },
			seen: func(d *dying) { d.inMatrix("uploaded and not noted") },
		},
		{
			at: failpoint.FileNoted, name: "a file from Slack that is not shown yet",
			do:   func(d *dying) { d.share("noted and not sent") },
			seen: func(d *dying) { d.inMatrix("noted and not sent") },
		},
		{
			at: failpoint.SendRow, name: "a file from Slack",
			do:   func(d *dying) { d.share("a file, sent and not noted") },
			seen: func(d *dying) { d.inMatrix("a file, sent and not noted") },
		},
		{
			at: failpoint.PagePut, name: "a page of a channel's history",
			away: func(d *dying) {
				d.say("missed")
				d.bed.Slack.MustPass(20 * time.Minute) // Slack gives up
			},
			seen: func(d *dying) { d.inMatrix("missed") },
		},
	}
}

// TestFailpoints kills the bridge at every failpoint: after the next start nothing is
// lost and nothing doubled.
func TestFailpoints(t *testing.T) {
	program := testbed.MustBuildWithFailpoints(t)
	onEach(t, func(t *testing.T, options testbed.Options) {
		options.Bridge, options.Stopped = program, true
		bed := testbed.Start(t, options)
		covered := map[failpoint.Name]bool{failpoint.Migration: true, failpoint.RoomFilled: true} // the latter in TestBackfill
		t.Run("migration", func(*testing.T) {
			bed.Bridge.MustLaunchUntil(failpoint.Migration)
			bed.Bridge.AwaitKilled()
		})
		bed.Bridge.MustStart()
		d := beginDying(bed)
		for _, death := range deaths() {
			covered[death.at] = true
			t.Run(string(death.at)+", "+death.name, func(*testing.T) { d.dieAndRecover(death) })
		}
		for _, name := range failpoint.Names() {
			require.True(t, covered[name], "no test dies at %s", name)
		}

		d.say("the end")
		d.send("the end, too")
		d.inMatrix("the end")
		d.inSlack("the end, too")
		require.ElementsMatch(t, squeezed(d.fromSlack), squeezed(whole(fromSlack(bed, d.general))))
		var posted []string
		for _, post := range bed.Slack.PostsOf("general", "owner") {
			posted = append(posted, post.Text)
		}
		require.Equal(t, squeezed(d.fromMatrix), squeezed(whole(posted)))
		require.ElementsMatch(t, d.files, slices.DeleteFunc(bed.Slack.FilesOf("general"), func(name string) bool { return !strings.HasSuffix(name, ".txt") }))
		for _, name := range d.files {
			require.Equal(t, "the content of "+name, string(bed.Slack.AwaitFile("general", name).Content))
		}
	})
}

// dying is a bridge that is killed again and again, and what was said meanwhile.
type dying struct {
	bed     *testbed.Bed
	general id.RoomID
	alice   *testbed.SlackPerson
	// ts is a message from Slack, and event its event in Matrix.
	ts     string
	event  id.EventID
	doomed string
	// doomedEvent and mine will be deleted: a message from Slack and one from Matrix.
	doomedEvent, mine, reaction id.EventID
	mineTS                      string
	fromSlack, fromMatrix       []string
	// files are those that were sent in Matrix.
	files []string
}

func beginDying(bed *testbed.Bed) *dying {
	d := &dying{bed: bed, general: bed.Owner.AwaitRoom("#general"), alice: bed.Slack.Person("alice")}
	bed.Slack.AwaitSocket()
	d.ts, d.doomed = d.say("to begin with"), d.say("doomed in Slack")
	d.event, d.doomedEvent = d.inMatrix("to begin with"), d.inMatrix("doomed in Slack")
	d.mine = d.send("doomed in Matrix")
	d.mineTS = d.inSlack("doomed in Matrix")
	return d
}

// file has the owner send a file.
func (d *dying) file(name string) {
	d.files = append(d.files, name)
	d.bed.Owner.MustSendFile(d.general, event.MsgFile, name, "", []byte("the content of "+name))
}

func (d *dying) inSlackAsFile(name string) { d.bed.Slack.AwaitFile("general", name) }

// share has a person in Slack share a file with a caption.
func (d *dying) share(caption string) {
	d.alice.MustShare("general", caption, control.FileContent{Name: "a.pdf", Content: []byte("%PDF-1.4")})
	d.fromSlack = append(d.fromSlack, caption)
}

func (d *dying) dieAndRecover(death death) {
	d.bed.Slack.AwaitDelivered()
	d.bed.Bridge.MustStop()
	d.bed.Slack.AwaitNoSocket()
	if death.away != nil {
		death.away(d)
	}
	d.bed.Bridge.MustLaunchUntil(death.at)
	if death.do != nil {
		d.bed.Slack.AwaitSocket()
		death.do(d)
	}
	d.bed.Bridge.AwaitKilled()
	if death.forgets {
		d.bed.MustRestartHomeserver()
	}
	d.bed.Bridge.MustStart()
	d.bed.Slack.AwaitSocket()
	death.seen(d)
}

func (d *dying) say(text string) (ts string) {
	d.fromSlack = append(d.fromSlack, text)
	return d.alice.MustPost("general", text)
}

func (d *dying) send(text string) id.EventID {
	d.fromMatrix = append(d.fromMatrix, text)
	return d.bed.Owner.MustSend(d.general, text)
}

func (d *dying) inMatrix(text string) id.EventID { return d.bed.Owner.AwaitText(d.general, text).ID }

func (d *dying) inSlack(text string) (ts string) {
	return d.bed.Slack.AwaitPostWith("general", text, func(p testbed.Post) bool { return p.Text == text }).TS
}

// long returns a text that is too long for one message on either side.
func long(what string) string {
	return between("begin of "+what, "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJK", "end of "+what, 39_000)
}

// whole puts the pieces of long texts together.
func whole(texts []string) (all []string) {
	open := false
	for _, text := range texts {
		if open {
			all[len(all)-1] += text
		} else {
			all = append(all, text)
		}
		open = (open || strings.HasPrefix(text, "begin of ")) && !strings.Contains(text, "end of ")
	}
	return all
}

func squeezed(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, squeeze(text))
	}
	return all
}
