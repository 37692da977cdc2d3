package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// answersTo is where answers to slash commands go.
type answersTo struct {
	*httptest.Server
	mu    sync.Mutex
	said  []map[string]string
	codes []int // of the next answers; then 200
}

func newAnswersTo(t *testing.T) *answersTo {
	t.Helper()
	a := &answersTo{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		err := json.NewDecoder(r.Body).Decode(&body)
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if len(a.codes) > 0 {
			w.WriteHeader(a.codes[0])
			a.codes = a.codes[1:]
			return
		}
		a.said = append(a.said, body)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *answersTo) texts() (texts []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, body := range a.said {
		texts = append(texts, body["text"])
	}
	return texts
}

// use has a person use /matrix in a conversation, and waits for what comes of it.
func (w *world) use(to *answersTo, channel, text string) {
	w.Helper()
	n := len(w.handed) + 1
	w.handed[fmt.Sprint("use", n)] = true
	payload, err := json.Marshal(map[string]string{
		"token": "verification", "command": "/matrix", "text": text, "user_id": "U1", "channel_id": channel,
		"trigger_id": fmt.Sprintf("%d.1.2", n), "response_url": to.URL + "/commands/T1/1",
	})
	require.NoError(w, err)
	envelope := slackevent.Envelope{ID: fmt.Sprint("e", n), Type: slackevent.TypeSlashCommands, Payload: payload}
	require.NoError(w, w.session().store(w.Context(), []slackevent.Envelope{envelope, envelope}))
	w.settled()
}

// TestSlashCommand: a person in Slack learns how the bridge is where they are, alone and once.
func TestSlashCommand(t *testing.T) {
	t.Run("26 the slash command tells how the bridge is", func(t *testing.T) {
		w, to := newWorld(t), newAnswersTo(t)
		w.room()
		w.use(to, general, "")
		w.use(to, "C9", " Status ")
		w.use(to, general, "help")
		w.use(to, general, "dance <!channel>")
		said := to.texts()
		require.Len(t, said, 4)
		require.Contains(t, said[0], "This conversation is bridged with a <https://matrix.to/#/")
		require.Contains(t, said[0], "The bridge runs.")
		require.Contains(t, said[1], "has no room in Matrix")
		require.Contains(t, said[2], "`/matrix status`")
		require.Contains(t, said[2], "`opt out`")
		require.Contains(t, said[3], "`dance &lt;!channel&gt;` is not known here.")
		for _, body := range to.said {
			require.Equal(t, "ephemeral", body["response_type"])
		}
	})
}

// TestSlashCommandTellsOfTroubles: whose fault it is and what is one-way, but nothing of the
// inside of the bridge.
func TestSlashCommandTellsOfTroubles(t *testing.T) {
	w := newWorld(t, func(n *settings.Network) {
		n.Channels.Directions = []settings.ChannelDirection{{Channel: general, Direction: settings.OnlyFromSlack}}
	})
	to := newAnswersTo(t)
	w.room()
	var failed error
	status := operator.Status{Phase: operator.Up, Logins: []operator.LoginStatus{{}}}
	w.slack.options.Status = func(ctx context.Context) (operator.Status, error) { return status, failed }
	w.use(to, general, "")
	failed = errors.New("no database at 10.0.0.7")
	w.use(to, general, "")
	for _, said := range to.texts() {
		require.Contains(t, said, "from Slack to Matrix alone")
		require.Contains(t, said, "Something is wrong with the bridge; its operator sees what")
		require.NotContains(t, said, "10.0.0.7")
	}
	require.Len(t, to.texts(), 2)
}

// TestAnAnswerThatSlackDoesNotTake: what passes is tried again, anything else is not, and
// nothing goes to an address that is not Slack's.
func TestAnAnswerThatSlackDoesNotTake(t *testing.T) {
	w, to := newWorld(t), newAnswersTo(t)
	w.room()
	to.codes = []int{http.StatusInternalServerError}
	w.use(to, general, "help")
	require.Len(t, to.texts(), 1)
	to.codes = []int{http.StatusNotFound}
	w.use(to, general, "help")
	require.Len(t, to.texts(), 1)
	require.Error(t, w.client.api.Respond(t.Context(), "https://example.org/commands", "text"))
	require.Error(t, w.client.api.Respond(t.Context(), "::", "text"))
	w.session().rowOf(t.Context(), slackevent.Envelope{Type: slackevent.TypeSlashCommands, Payload: []byte(`{"command":7}`)})
}
