package connector

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/operator"
)

// TestInboxInTheChat: people who may see everything, the rows of their own login, or
// nothing ask about a parked row from Slack, one from Matrix, and one of a login that is
// gone.
func TestInboxInTheChat(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID.String()
	w.room().Relay = w.client.login
	put := func(row inbox.Row) int64 {
		t.Helper()
		_, err := w.slack.inbox.Put(t.Context(), row)
		require.NoError(t, err)
		require.NoError(t, w.slack.inbox.ParkSource(t.Context(), row.Source, "banned *here*"))
		rows, err := w.slack.inbox.List(t.Context())
		require.NoError(t, err)
		at := slices.IndexFunc(rows, func(there inbox.Parked) bool { return there.Key == row.Key })
		return rows[at].ID
	}
	fromSlack := put(inbox.Row{Source: sourceOf(w.client.login.ID), Key: "one", Lane: w.client.lane(general), Kind: kindEvent})
	fromMatrix := put(inbox.Row{Source: matrixevent.Source, Key: "two", Lane: room, Kind: matrixevent.KindEvent})
	ofAnother := put(inbox.Row{Source: sourcePrefix + "T1-UGONE", Key: "three", Lane: "T1/C9", Kind: kindEvent})

	boss, err := w.bridge.GetUserByMXID(t.Context(), "@second:test")
	require.NoError(t, err)
	own := w.client.login.User
	own.Permissions.Admin = false
	stranger, err := w.bridge.GetUserByMXID(t.Context(), "@stranger:test")
	require.NoError(t, err)
	ask := func(user *bridgev2.User, text string) string {
		t.Helper()
		view := inboxView{c: w.slack, user: user, desk: w.slack.Desk(), prefix: "!slack", now: time.Now()}
		answer, err := view.do(t.Context(), strings.Fields(text))
		require.NoError(t, err)
		return answer
	}
	number := func(id int64) string { return strconv.FormatInt(id, 10) }

	require.Contains(t, ask(boss, "list"), "3 parked, 0 waiting")
	require.Contains(t, ask(boss, ""), "**"+number(ofAnother)+"** event from Slack, T1/C9, parked 0s ago: banned \\*here\\*")
	list := ask(own, "list")
	require.Contains(t, list, "2 parked, 0 waiting")
	require.Contains(t, list, "**"+number(fromSlack)+"** event from Slack, #general, ")
	require.Contains(t, list, "**"+number(fromMatrix)+"** event from Matrix, #general, ")
	require.NotContains(t, list, "**"+number(ofAnother)+"**")
	require.Equal(t, "Nothing waits and nothing is parked.", ask(stranger, "list"))

	for _, verb := range []string{"show ", "retry ", "drop "} {
		require.Contains(t, ask(own, verb+number(ofAnother)), "There is no row")
		require.Contains(t, ask(stranger, verb+number(fromSlack)), "There is no row")
		require.Contains(t, ask(own, verb+"x"), "is not the number of a row")
	}
	for _, verb := range []string{"show", "drop"} {
		require.Contains(t, ask(own, verb), "Write `!slack inbox list`")
	}
	require.Equal(t, "Nothing is parked.", ask(stranger, "retry"))
	require.Contains(t, ask(own, "frobnicate 1"), "Write `!slack inbox list`")
	require.Contains(t, ask(own, "show "+number(fromSlack)), "key `one`")
	require.Contains(t, ask(own, "retry "+number(fromSlack)), "is tried again")
	require.Contains(t, ask(own, "drop "+number(fromMatrix)), "Dropped for good: "+number(fromMatrix))
	require.Contains(t, ask(boss, "drop "+number(ofAnother)), "Dropped for good")
	require.Contains(t, ask(boss, "list"), "0 parked, 1 waiting")

	put(inbox.Row{Source: sourceOf(w.client.login.ID), Key: "four", Lane: w.client.lane(general), Kind: kindEvent})
	put(inbox.Row{Source: sourcePrefix + "T1-UGONE", Key: "five", Lane: "T1/C9", Kind: kindEvent})
	require.Equal(t, "Rows that are tried again: 2.", ask(own, "retry"))
	require.Contains(t, ask(boss, "list"), "1 parked, 2 waiting")
	require.Equal(t, "Rows that are tried again: 1.", ask(boss, "retry"))
}

// TestDesksAreMadeTogether makes desks for several people at once, as while the framework
// starts: the race detector sees that none changes what others read.
func TestDesksAreMadeTogether(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { w.slack.Desk() })
	}
	all.Wait()
}

// TestContentThatIsNotShown: what may be a command, or belongs to encryption, stays hidden.
func TestContentThatIsNotShown(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID.String()
	view := NewRowNames(w.bridge.DB.Database, "!slack")
	content := func(source, lane, kind, payload string) (string, error) {
		return view.Content(t.Context(), inbox.Row{Source: source, Lane: lane, Kind: kind, Payload: []byte(payload)})
	}
	message := func(content string) string {
		return `{"type":"m.room.message","event_id":"$1","room_id":"` + room + `","sender":"@ada:test","content":` + content + `}`
	}
	hi := message(`{"msgtype":"m.text","body":"hi"}`)
	slack := sourceOf(w.client.login.ID)
	for name, row := range map[string][4]string{
		"in a room that is no conversation's": {matrixevent.Source, "!bot:test", matrixevent.KindEvent, hi},
		"a command":                           {matrixevent.Source, room, matrixevent.KindEvent, message(`{"msgtype":"m.text","body":"!slack login x"}`)},
		"an edit to a command":                {matrixevent.Source, room, matrixevent.KindEvent, message(`{"msgtype":"m.text","body":"* !slack login x"}`)},
		"a new content that is a command":     {matrixevent.Source, room, matrixevent.KindEvent, message(`{"msgtype":"m.text","body":"x","m.new_content":{"msgtype":"m.text","body":"!slack login x"}}`)},
		"what cannot be read":                 {matrixevent.Source, room, matrixevent.KindEvent, "{"},
		"a content that cannot be read":       {matrixevent.Source, room, matrixevent.KindEvent, message(`{"msgtype":"m.text","body":["!slack login x"]}`)},
		"a key":                               {matrixevent.Source, matrixevent.KeysLane, matrixevent.KindToDevice, "{}"},
		"the bridge's own":                    {slack, "T1/C1", kindResync, "C1"},
		"an event that cannot be read":        {slack, "T1/C1", kindEvent, "{"},
	} {
		t.Run(name, func(t *testing.T) {
			shown, err := content(row[0], row[1], row[2], row[3])
			var withheld operator.Withheld
			require.True(t, errors.As(err, &withheld), "%v", err)
			require.Empty(t, shown)
		})
	}
	shown, err := content(matrixevent.Source, room, matrixevent.KindEvent, hi)
	require.NoError(t, err)
	require.Contains(t, shown, `"body": "hi"`)
	shown, err = content(slack, "T1/C1", kindEvent, `{"type":"event_callback","token":"tok","event":{"type":"message","text":"hi"}}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"message","text":"hi"}`, shown)
}

// TestNamesOfLanes: a lane has the name of its room.
func TestNamesOfLanes(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID.String()
	view := NewRowNames(w.bridge.DB.Database, "!slack")
	slack := sourceOf(w.client.login.ID)
	for _, row := range []struct{ source, lane, want string }{
		{slack, w.client.lane(general), "#general"},
		{slack, w.client.lane(general) + "/catchup", "#general"},
		{slack, w.client.lane("C9"), ""},
		{matrixevent.Source, room, "#general"},
		{matrixevent.Source, "!elsewhere:test", ""},
		{matrixevent.Source, matrixevent.KeysLane, "encryption keys"},
	} {
		got, err := view.Where(t.Context(), inbox.Row{Source: row.source, Lane: row.lane})
		require.NoError(t, err)
		require.Equal(t, row.want, got, row.lane)
	}
}
