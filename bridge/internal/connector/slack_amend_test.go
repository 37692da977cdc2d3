package connector

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// takenOver notes a message of #general whose event another bridge's user has sent.
func (w *world) takenOver(ts string, of id.EventID, sender id.UserID, meta MessageMetadata) {
	w.Helper()
	w.home.keep(w.write(of, "@old:test", "as it was"))
	_, err := w.bridge.GetGhostByID(w.Context(), "")
	require.NoError(w, err)
	at, err := slackid.ParseTimestamp(ts)
	require.NoError(w, err)
	require.NoError(w, w.bridge.DB.Message.Insert(w.Context(), &database.Message{
		ID: slackid.MakeMessageID(teamID, general, ts), MXID: of, Room: w.room().PortalKey, SenderMXID: sender, Timestamp: at, Metadata: &meta,
	}))
}

// amended are the texts of a room with what each answers and edits.
func (w *world) amended() (all []string) {
	for _, s := range w.home.of(event.EventMessage) {
		relation := s.content.Parsed.(*event.MessageEventContent).RelatesTo
		body := s.body()
		if len(body) > 100 {
			body = strings.Join(regexp.MustCompile(`[A-Z]{3}`).FindAllString(body, -1), " ")
		}
		all = append(all, body+" | reply "+relation.GetReplyTo().String()+" | edits "+relation.GetReplaceID().String()+" | thread "+relation.GetThreadParent().String())
	}
	return all
}

// TestAmend has a message edited in Slack that another bridge has brought to Matrix: only
// its old sender could edit the event, so that the author's ghost answers it with what it
// says now, and later edits change that.
func TestAmend(t *testing.T) {
	for name, sender := range map[string]id.UserID{"a user of the old bridge": "", "the person's own account": "@ann:test"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.takenOver("1700000001.000100", "$old", sender, MessageMetadata{LastEditTS: "1700000800.000000"})
			require.NoError(t, w.hear("Ev0", changed("1700000800.000000", "as it was taken over")))
			require.NoError(t, w.hear("Ev1", changed("1700000900.000000", "once")))
			require.NoError(t, w.hear("Ev1 again", changed("1700000900.000000", "once")))
			require.NoError(t, w.hear("Ev2", changed("1700000901.000000", inTwo("ONE", "TWO"))))
			require.NoError(t, w.hear("Ev3", changed("1700000902.000000", "thrice")))
			require.NoError(t, w.hear("Ev2 late", changed("1700000901.000000", "twice")))

			texts := w.amended()
			require.Len(t, texts, 4)
			first := w.home.of(event.EventMessage)[0]
			require.Equal(t, w.home.FormatGhostMXID(w.client.ghostID("U1")), first.sender)
			require.Equal(t, "once | reply $old | edits  | thread ", texts[0])
			require.Regexp(t, `^ONE \| reply  \| edits \`+first.id.String()+` \| thread $`, texts[1])
			require.Regexp(t, `^TWO \| reply \$old \| edits  \| thread $`, texts[2])
			require.Regexp(t, `^.*thrice \| reply  \| edits \`+first.id.String()+` \| thread $`, texts[3])
			require.Len(t, w.home.of(event.EventRedaction), 1, "the second part is not needed any more")
			require.Len(t, w.rows("1700000001.000100"), 2)

			require.NoError(t, w.hear("Ev4", slackevent.Message{User: "U2", Text: "an answer", TS: "1700000903.000000", ThreadTS: "1700000001.000100"}))
			require.Equal(t, "an answer | reply "+w.lastReply()+" | edits  | thread $old", w.amended()[4])
		})
	}
}

// lastReply is what the newest message falls back to answering.
func (w *world) lastReply() string {
	all := w.home.of(event.EventMessage)
	return all[len(all)-1].content.Parsed.(*event.MessageEventContent).RelatesTo.GetReplyTo().String()
}

// TestAmendOfUnknownOutcome: what an earlier try has sent is not sent again.
func TestAmendOfUnknownOutcome(t *testing.T) {
	w := newWorld(t)
	w.takenOver("1700000001.000100", "$old", "", MessageMetadata{})
	require.NoError(t, w.hear("Ev1", changed("1700000900.000000", "once")))
	rows := w.rows("1700000001.000100")
	require.NoError(t, w.bridge.DB.Message.Delete(t.Context(), rows[len(rows)-1].RowID))
	w.home.forget()
	w.restart()
	require.NoError(t, w.hear("Ev1", changed("1700000900.000000", "once")))
	require.Len(t, w.home.bodies(), 1)
	require.Len(t, w.rows("1700000001.000100"), 2)
}

// TestWhatWasTakenOverIsSlacks: the app did not post what another bridge's user said in Matrix.
func TestWhatWasTakenOverIsSlacks(t *testing.T) {
	w := newWorld(t)
	w.takenOver("1700000001.000100", "$old", "", MessageMetadata{})
	require.NoError(t, w.receive(w.edit("$edit", "@ann:test", "$old", "changed")))
	require.Equal(t, []string{"⚠️ Your message was not bridged: Slack lets an app change and delete only its own messages."}, w.home.said())
}

// TestADeletionThatNeedsPower: a message that is gone in Slack is not forgotten while the
// bot may not redact it in a plumbed room.
func TestADeletionThatNeedsPower(t *testing.T) {
	w := newWorld(t)
	w.plumb()
	w.takenOver("1700000001.000100", "$old", "", MessageMetadata{})
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.EventRedaction.Type {
			return refused(403, "M_FORBIDDEN", "no")
		}
		return nil
	}
	require.ErrorIs(t, w.hear("Ev1", gone("1700000001.000100")), errMayNotRedact)
	require.Len(t, w.rows("1700000001.000100"), 1)
}
