package alerts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

const you = "@you:your.server"

// homeserver is as much of one as a room of alerts takes.
type homeserver struct {
	sync.Mutex
	account string
	rooms   int
	// states are what the rooms' own states say.
	states  map[string]json.RawMessage
	invited []string
	member  event.Membership
	said    map[string]event.MessageEventContent
	// forbids is a room in which the bot may say nothing, fails how often saying fails, and
	// forgets how often remembering does.
	forbids string
	fails   int
	forgets int
}

func (h *homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.Lock()
	defer h.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3/")
	answer := func(code int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
	parts := strings.Split(path, "/")
	switch {
	case parts[0] == "user" && r.Method == http.MethodGet:
		if h.account == "" {
			answer(404, `{"errcode":"M_NOT_FOUND"}`)
			return
		}
		answer(200, h.account)
	case parts[0] == "user" && h.forgets > 0:
		h.forgets--
		answer(502, `{}`)
	case parts[0] == "user":
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		h.account = string(body)
		answer(200, `{}`)
	case path == "createRoom":
		h.rooms++
		room := fmt.Sprintf("!%d:your.server", h.rooms)
		var body struct {
			InitialState []struct {
				Type    string          `json:"type"`
				Content json.RawMessage `json:"content"`
			} `json:"initial_state"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		for _, state := range body.InitialState {
			h.states[room+" "+state.Type] = state.Content
		}
		answer(200, fmt.Sprintf(`{"room_id":%q}`, room))
	case path == "joined_rooms":
		joined := []string{"!bridged:your.server"}
		for n := range h.rooms {
			joined = append(joined, fmt.Sprintf("!%d:your.server", n+1))
		}
		listed, _ := json.Marshal(map[string]any{"joined_rooms": joined})
		answer(200, string(listed))
	case parts[0] == "rooms" && parts[2] == "state" && parts[3] != "m.room.member":
		content, known := h.states[parts[1]+" "+parts[3]]
		if !known {
			answer(404, `{"errcode":"M_NOT_FOUND"}`)
			return
		}
		answer(200, string(content))
	case parts[0] == "rooms" && parts[2] == "state":
		if h.member == "" {
			answer(404, `{"errcode":"M_NOT_FOUND"}`)
			return
		}
		answer(200, fmt.Sprintf(`{"membership":%q}`, h.member))
	case parts[0] == "rooms" && parts[2] == "invite":
		h.invited = append(h.invited, parts[1])
		answer(200, `{}`)
	case parts[0] == "rooms" && parts[2] == "send":
		switch {
		case parts[1] == h.forbids:
			answer(403, `{"errcode":"M_FORBIDDEN"}`)
		case h.fails > 0:
			h.fails--
			answer(502, `{}`)
		default:
			var content event.MessageEventContent
			_ = json.NewDecoder(r.Body).Decode(&content)
			h.said[parts[1]+" "+parts[4]] = content
			answer(200, `{"event_id":"$1"}`)
		}
	default:
		answer(404, `{"errcode":"M_UNRECOGNIZED"}`)
	}
}

// texts are what was said in a room.
func (h *homeserver) texts(room string) (texts []string) {
	h.Lock()
	defer h.Unlock()
	for at, content := range h.said {
		if strings.HasPrefix(at, room+" ") {
			texts = append(texts, content.Body)
		}
	}
	return texts
}

// receiver serves webhooks with a homeserver behind it.
func receiver(t *testing.T, now func() time.Time) (*homeserver, *httptest.Server) {
	t.Helper()
	h := &homeserver{member: event.MembershipJoin, said: map[string]event.MessageEventContent{}, states: map[string]json.RawMessage{}}
	matrix := httptest.NewServer(h)
	t.Cleanup(matrix.Close)
	client, err := mautrix.NewClient(matrix.URL, "@slackbot:your.server", "token")
	require.NoError(t, err)
	client.DefaultHTTPRetries = 0
	server := httptest.NewServer(Handler(Room{Client: client, User: you}.Post, now, zap.NewNop()))
	t.Cleanup(server.Close)
	return h, server
}

func send(t *testing.T, server *httptest.Server, kind, body string) int {
	t.Helper()
	answer, err := http.Post(server.URL, kind, strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

const (
	firing = `{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"BridgeDown"},"annotations":{"summary":"The bridge does not answer.","runbook":"docs/runbook.md#x"}}]}`
	over   = `{"version":"4","status":"resolved","alerts":[{"status":"resolved","labels":{"alertname":"BridgeDown"},"annotations":{"summary":"The bridge does not answer."}}]}`
)

// TestAlerts: an alert makes the room, mentions its person and is said once however often it
// is sent within the hour; its end is said without a mention.
func TestAlerts(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)
	h, server := receiver(t, func() time.Time { return at })
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Equal(t, []string{"🔥 BridgeDown: The bridge does not answer. (docs/runbook.md#x)"}, h.texts("!1:your.server"))
	for _, content := range h.said {
		require.Equal(t, event.MsgText, content.MsgType)
		require.Len(t, content.Mentions.UserIDs, 1)
	}
	h.said = map[string]event.MessageEventContent{}
	require.Equal(t, 200, send(t, server, "application/json; charset=utf-8", over))
	require.Equal(t, []string{"✅ BridgeDown is over: The bridge does not answer."}, h.texts("!1:your.server"))
	for _, content := range h.said {
		require.Equal(t, event.MsgNotice, content.MsgType)
		require.Empty(t, content.Mentions.UserIDs)
	}
	at = at.Add(12 * time.Hour)
	require.Equal(t, 200, send(t, server, "application/json", firing))
	at = at.Add(12 * time.Hour)
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Len(t, h.texts("!1:your.server"), 3, "a reminder is a message of its own")
	require.Equal(t, 1, h.rooms)
}

// TestNotSaid: what the homeserver does not take is answered so that Alertmanager repeats it.
func TestNotSaid(t *testing.T) {
	h, server := receiver(t, time.Now)
	h.fails = 1
	require.Equal(t, http.StatusBadGateway, send(t, server, "application/json", firing))
	require.Empty(t, h.texts("!1:your.server"))
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Len(t, h.texts("!1:your.server"), 1)
	require.Equal(t, 1, h.rooms)
}

// TestTheRoomIsFoundAgain: a room that the bot could not remember is not made a second time, and
// what was said there is not said again.
func TestTheRoomIsFoundAgain(t *testing.T) {
	h, server := receiver(t, time.Now)
	h.forgets = 2
	require.Equal(t, http.StatusBadGateway, send(t, server, "application/json", firing))
	require.Equal(t, http.StatusBadGateway, send(t, server, "application/json", firing))
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Equal(t, 200, send(t, server, "application/json", over))
	require.Equal(t, 1, h.rooms)
	require.Len(t, h.texts("!1:your.server"), 2)
	require.Contains(t, h.account, "!1:your.server")

	h.forbids, h.account = "!1:your.server", ""
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Len(t, h.texts("!2:your.server"), 1, "a room in which the bot may not speak is of no use")
}

// TestTheRoomOfAnother: each person has a room of their own.
func TestTheRoomOfAnother(t *testing.T) {
	h, server := receiver(t, time.Now)
	h.states["!bridged:your.server "+remembered] = json.RawMessage(`{"user_id":"@other:your.server"}`)
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Len(t, h.texts("!1:your.server"), 1)
}

// TestTheRoomIsLeft: a person who left is invited again, and a room in which the bot may not
// speak is replaced.
func TestTheRoomIsLeft(t *testing.T) {
	h, server := receiver(t, time.Now)
	require.Equal(t, 200, send(t, server, "application/json", firing))
	h.member = event.MembershipLeave
	require.Equal(t, 200, send(t, server, "application/json", over))
	require.Equal(t, []string{"!1:your.server"}, h.invited)
	h.member, h.forbids = event.MembershipJoin, "!1:your.server"
	require.Equal(t, 200, send(t, server, "application/json", firing))
	require.Len(t, h.texts("!2:your.server"), 1)
}

// TestNoWebhook: nothing else is taken, and a page of the web can send none.
func TestNoWebhook(t *testing.T) {
	h, server := receiver(t, time.Now)
	require.Equal(t, 400, send(t, server, "text/plain", firing))
	require.Equal(t, 400, send(t, server, "application/json", `{"alerts":[]}`))
	require.Equal(t, 400, send(t, server, "application/json", `{`))
	require.Equal(t, 400, send(t, server, "application/json", `{"alerts":"`+strings.Repeat("x", maxBody)+`"}`))
	require.Zero(t, h.rooms)
}

// TestAnAlertThatComesAgain: what was over and begins again is said again, within the hour too.
func TestAnAlertThatComesAgain(t *testing.T) {
	h, server := receiver(t, time.Now)
	begun := func(body, at string) string {
		return strings.Replace(body, `"labels"`, `"startsAt":"`+at+`","labels"`, 1)
	}
	for _, body := range []string{
		begun(firing, "2026-05-01T12:05:00Z"), begun(over, "2026-05-01T12:05:00Z"),
		begun(firing, "2026-05-01T12:20:00Z"), begun(firing, "2026-05-01T12:20:00Z"), begun(over, "2026-05-01T12:20:00Z"),
	} {
		require.Equal(t, 200, send(t, server, "application/json", body))
	}
	require.Len(t, h.texts("!1:your.server"), 4, "the homeserver takes a message of the same key for the same message")
}
