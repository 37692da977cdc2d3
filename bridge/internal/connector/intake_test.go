package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackevent"
)

// delivered is an envelope with a message.
func delivered(eventID, ts, text string) slackevent.Envelope {
	payload := fmt.Sprintf(`{"type":"event_callback","team_id":"T1","event_id":%q,"event":{"type":"message","channel":"C1","channel_type":"channel","user":"U1","ts":%q,"text":%q}}`,
		eventID, ts, text)
	return slackevent.Envelope{ID: "envelope of " + text, Type: slackevent.TypeEventsAPI, Payload: json.RawMessage(payload)}
}

// TestStore stores events that come once, twice, and without an id.
func TestStore(t *testing.T) {
	w := newWorld(t)
	w.room()
	ctx := w.log.WithContext(t.Context())
	s := w.session()
	for _, envelope := range []slackevent.Envelope{
		delivered("Ev1", "1700000001.000100", "one"),
		delivered("Ev1", "1700000001.000100", "one"),
		delivered("", "1700000002.000100", "two"),
		delivered("", "1700000003.000100", "three"),
		delivered("", "1700000003.000100", "three"),
	} {
		require.NoError(t, s.store(ctx, []slackevent.Envelope{envelope}))
	}
	w.settled()
	require.Equal(t, []string{"one", "two", "three"}, w.home.bodies())
}

// TestWhatIsOfNoUseIsSetAside: what cannot be read or is of no use is acknowledged, counted
// by its kind, logged without its content, and not stored.
func TestWhatIsOfNoUseIsSetAside(t *testing.T) {
	const content = "what was said"
	event := func(event string) slackevent.Envelope {
		return slackevent.Envelope{ID: "E1", Type: slackevent.TypeEventsAPI, Payload: json.RawMessage(
			`{"type":"event_callback","event_id":"Ev1","event":` + event + `}`)}
	}
	for name, tc := range map[string]struct {
		envelope slackevent.Envelope
		kind     string
		outcome  Outcome
	}{
		"an interaction":            {slackevent.Envelope{ID: "E1", Type: "interactive", Payload: json.RawMessage(`{"text":"` + content + `"}`)}, slackevent.TypeInteractive, SetAside},
		"a nameless slash command":  {slackevent.Envelope{ID: "E1", Type: "slash_commands", Payload: json.RawMessage(`{"text":"` + content + `"}`)}, slackevent.TypeSlashCommands, Unreadable},
		"a payload of another form": {slackevent.Envelope{ID: "E1", Type: slackevent.TypeEventsAPI, Payload: json.RawMessage(`["` + content + `"]`)}, "other", Unreadable},
		"no payload":                {slackevent.Envelope{ID: "E1", Type: slackevent.TypeEventsAPI}, "other", Unreadable},
		"a message of an odd shape": {event(`{"type":"message","channel":["C1"],"ts":"1.2","text":"` + content + `"}`), "message", Unreadable},
		"a reaction on nothing":     {event(`{"type":"reaction_added","user":"U1","reaction":"eyes","item":7}`), "reaction_added", Unreadable},
		"an unknown type":           {event(`{"type":"telepathy","text":"` + content + `"}`), "other", SetAside},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var log bytes.Buffer
			ctx := zerolog.New(&log).WithContext(t.Context())
			s := w.session()
			for n := 1; n <= 3; n++ {
				require.NoError(t, s.store(ctx, []slackevent.Envelope{tc.envelope}), "it is acked")
				require.Equal(t, map[Arrival]int64{{tc.kind, tc.outcome}: int64(n)}, w.slack.Counts().Events)
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			require.Len(t, lines, 3)
			require.Contains(t, lines[2], `"count":3`)
			require.NotContains(t, log.String(), content)
			secrettest.Check(t, "the log", log.String())
			rows, err := w.slack.inbox.List(t.Context())
			require.NoError(t, err)
			require.Empty(t, rows)
		})
	}
}
