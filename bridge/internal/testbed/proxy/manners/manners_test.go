package manners_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/proxy/manners"
)

const asToken = "as-secret"

// world is a homeserver and a bridge that answer as they are told, with
// continuwuity's manners between them.
type world struct {
	t       *testing.T
	manners *manners.Server

	mu sync.Mutex
	// pushed are the requests that the bridge got, answers what the homeserver
	// answers by path.
	pushed  []pushed
	status  int
	answers map[string]string
	asked   []string
}

type pushed struct {
	id, token, header string
	body              map[string]json.RawMessage
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, status: http.StatusOK, answers: map[string]string{}}
	bridge := httptest.NewServer(http.HandlerFunc(w.bridge))
	homeserver := httptest.NewServer(http.HandlerFunc(w.homeserver))
	t.Cleanup(bridge.Close)
	t.Cleanup(homeserver.Close)
	var err error
	w.manners, err = manners.Start(manners.Config{
		Homeserver: homeserver.URL, Bridge: bridge.URL, ASToken: asToken, BackoffScale: 1,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.manners.Close()) })
	return w
}

func (w *world) bridge(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := pushed{
		id: strings.TrimPrefix(r.URL.Path, "/_matrix/app/v1/transactions/"), token: r.URL.Query().Get("access_token"),
		header: r.Header.Get("Authorization"),
	}
	_ = json.NewDecoder(r.Body).Decode(&p.body)
	w.pushed = append(w.pushed, p)
	rw.WriteHeader(w.status)
	_, _ = io.WriteString(rw, "{}")
}

// homeserver pings the bridge's side when it is asked to, as Synapse does.
func (w *world) homeserver(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" "+r.URL.RequestURI())
	text, ok := w.answers[r.URL.Path]
	w.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/ping"):
		status, _ := w.call(http.MethodPost, w.manners.ToBridge+"/_matrix/app/v1/ping", "hs-secret", "{}")
		if status != http.StatusOK {
			rw.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(rw, `{"errcode":"M_BAD_STATUS","status":401,"body":"{}"}`)
			return
		}
		_, _ = io.WriteString(rw, `{"duration_ms":1}`)
	case ok:
		_, _ = io.WriteString(rw, text)
	default:
		_, _ = io.WriteString(rw, "{}")
	}
}

func (w *world) call(method, url, token, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(text)
}

// push delivers a transaction as Synapse does.
func (w *world) push(id, body string) int {
	w.t.Helper()
	status, _ := w.call(http.MethodPut, w.manners.ToBridge+"/_matrix/app/v1/transactions/"+id, "hs-secret", body)
	return status
}

// await waits until the bridge has received that many requests, and returns them.
func (w *world) await(count int) []pushed {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	var got []pushed
	require.NoError(w.t, await.Until(ctx, "the bridge's requests", func(context.Context) (bool, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		got = append([]pushed(nil), w.pushed...)
		return len(got) >= count, nil
	}))
	return got
}

// awaitEvents waits until the bridge has received that many events, and returns their ids.
func (w *world) awaitEvents(count int) []string {
	w.t.Helper()
	var ids []string
	for requests := 1; len(ids) < count; requests++ {
		ids = nil
		for _, p := range w.await(requests) {
			var events []struct {
				ID string `json:"event_id"`
			}
			require.NoError(w.t, json.Unmarshal(p.body["events"], &events))
			for _, event := range events {
				ids = append(ids, event.ID)
			}
		}
	}
	return ids
}

func (w *world) set(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = status
}

func TestTransactions(t *testing.T) {
	w := start(t)
	const mixed = `{"events":[{"event_id":"$a"}],"ephemeral":[{}],"de.sorunome.msc2409.ephemeral":[{}],"to_device":[{}],"org.matrix.msc3202.device_lists":{}}`
	require.Equal(t, http.StatusOK, w.push("1", mixed))
	first := w.await(1)[0]
	require.Len(t, first.body, 1, "events alone")
	require.JSONEq(t, `[{"event_id":"$a"}]`, string(first.body["events"]))
	require.Equal(t, "hs-secret", first.token, "the token is in the query")
	require.Equal(t, "Bearer hs-secret", first.header)
	require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, first.id, "an opaque hash")

	require.Equal(t, http.StatusOK, w.push("1", mixed), "sent again by Synapse")
	require.Equal(t, http.StatusOK, w.push("2", `{"events":[],"to_device":[{}]}`))
	require.Equal(t, http.StatusOK, w.push("3", `{"events":[{"event_id":"$b"}]}`))
	all := w.await(2)
	require.JSONEq(t, `[{"event_id":"$b"}]`, string(all[1].body["events"]))
	require.NotEqual(t, first.id, all[1].id)
}

// TestFailedTransaction: a transaction is accepted although the bridge fails, and keeps
// its id when it is sent again.
func TestFailedTransaction(t *testing.T) {
	w := start(t)
	w.set(http.StatusServiceUnavailable)
	require.Equal(t, http.StatusOK, w.push("1", `{"events":[{"event_id":"$a"}]}`))
	failed := w.await(1)[0]
	w.set(http.StatusOK)
	require.Equal(t, http.StatusOK, w.push("2", `{"events":[{"event_id":"$b"}]}`), "within the back-off")
	require.Equal(t, 2, w.manners.Waiting())
	w.manners.Restart()
	all := w.await(3)
	require.Equal(t, failed.id, all[1].id)
	require.JSONEq(t, `[{"event_id":"$b"}]`, string(all[2].body["events"]))
}

// TestPings shows that a ping delivers nothing, and the form of a failed one's answer.
func TestPings(t *testing.T) {
	w := start(t)
	ping := w.manners.ToHomeserver + "/_matrix/client/v1/appservice/slack/ping"
	status, text := w.call(http.MethodPost, ping, asToken, "{}")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"duration_ms":1}`, text)

	w.set(http.StatusUnauthorized)
	require.Equal(t, http.StatusOK, w.push("1", `{"events":[{"event_id":"$a"}]}`))
	w.await(2)
	status, text = w.call(http.MethodPost, ping, asToken, "{}")
	require.Equal(t, http.StatusInternalServerError, status)
	require.JSONEq(t, `{"errcode":"M_UNKNOWN","error":"Appservice \"slack\" returned unsuccessful HTTP response 401 Unauthorized at `+w.manners.ToBridge+`"}`, text)

	w.set(http.StatusOK)
	status, _ = w.call(http.MethodPost, ping, asToken, "{}")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 1, w.manners.Waiting(), "a ping does not flush")
}

func TestPingOfABridgeThatIsAway(t *testing.T) {
	homeserver := httptest.NewUnstartedServer(nil)
	server, err := manners.Start(manners.Config{Homeserver: "http://" + homeserver.Listener.Addr().String(), Bridge: "http://127.0.0.1:1", ASToken: asToken})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	w := &world{t: t, manners: server}
	homeserver.Config.Handler = http.HandlerFunc(w.homeserver)
	homeserver.Start()
	t.Cleanup(homeserver.Close)
	status, text := w.call(http.MethodPost, server.ToHomeserver+"/_matrix/client/v1/appservice/slack/ping", asToken, "{}")
	require.Equal(t, http.StatusInternalServerError, status)
	require.JSONEq(t, `{"errcode":"M_UNKNOWN","error":"Request error: error sending request for url (`+server.ToBridge+`/_matrix/app/v1/ping?access_token=hs-secret)"}`, text)
}

// TestLeftOutTransaction: the transaction after a gap is refused once.
func TestLeftOutTransaction(t *testing.T) {
	w := start(t)
	require.Equal(t, http.StatusOK, w.push("1", `{"events":[{"event_id":"$a"}]}`))
	require.Equal(t, http.StatusServiceUnavailable, w.push("3", `{"events":[{"event_id":"$c"}]}`))
	require.Equal(t, http.StatusOK, w.push("2", `{"events":[{"event_id":"$b"}]}`))
	require.Equal(t, http.StatusOK, w.push("3", `{"events":[{"event_id":"$c"}]}`))
	require.Equal(t, http.StatusServiceUnavailable, w.push("6", `{"events":[]}`))
	require.Equal(t, http.StatusOK, w.push("6", `{"events":[]}`), "5 never was")
	require.Equal(t, []string{"$a", "$b", "$c"}, w.awaitEvents(3))
}

// TestCounterStartsAgain has Synapse restart and count from one again: its transactions
// are still new ones.
func TestCounterStartsAgain(t *testing.T) {
	w := start(t)
	require.Equal(t, http.StatusOK, w.push("7", `{"events":[{"event_id":"$a"}]}`))
	require.Equal(t, http.StatusOK, w.push("1", `{"events":[{"event_id":"$b"}]}`))
	require.Equal(t, http.StatusOK, w.push("2", `{"events":[{"event_id":"$b"},{"event_id":"$c"}]}`))
	require.Equal(t, http.StatusServiceUnavailable, w.push("4", `{"events":[{"event_id":"$e"}]}`))
	require.Equal(t, http.StatusOK, w.push("3", `{"events":[{"event_id":"$d"}]}`))
	require.Equal(t, http.StatusOK, w.push("4", `{"events":[{"event_id":"$e"}]}`))
	require.Equal(t, []string{"$a", "$b", "$c", "$d", "$e"}, w.awaitEvents(5))
}

func TestSync(t *testing.T) {
	w := start(t)
	sync := w.manners.ToHomeserver + "/_matrix/client/v3/sync"
	for name, tc := range map[string]struct {
		query, token string
		want         int
	}{
		"the bot without a device": {"", asToken, http.StatusForbidden},
		"the bot with one":         {"?device_id=D", asToken, http.StatusOK},
		"with the old name":        {"?org.matrix.msc3202.device_id=D", asToken, http.StatusOK},
		"a person":                 {"", "syt_person", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := w.call(http.MethodGet, sync+tc.query, tc.token, "")
			require.Equal(t, tc.want, status)
			if tc.want != http.StatusOK {
				require.Contains(t, text, `"M_FORBIDDEN"`)
			}
		})
	}
}

func TestRedactions(t *testing.T) {
	for name, tc := range map[string]struct {
		creator, sender, version, levels string
		token                            string
		want                             int
	}{
		"a person's message in the person's chat": {creator: "@ann:bed.test", sender: "@ann:bed.test", version: "12", want: http.StatusForbidden},
		"the bot's own message there":             {creator: "@ann:bed.test", sender: "@slackbot:bed.test", version: "12", want: http.StatusOK},
		"in the bot's own room":                   {creator: "@slackbot:bed.test", sender: "@ann:bed.test", version: "12", want: http.StatusOK},
		"where the bot has the power":             {creator: "@ann:bed.test", sender: "@ann:bed.test", version: "12", levels: `{"users":{"@slackbot:bed.test":50}}`, want: http.StatusOK},
		"where more is needed":                    {creator: "@ann:bed.test", sender: "@ann:bed.test", version: "12", levels: `{"users":{"@slackbot:bed.test":50},"redact":60}`, want: http.StatusForbidden},
		"in an older room":                        {creator: "@ann:bed.test", sender: "@ann:bed.test", version: "11", want: http.StatusOK},
		"by a person":                             {creator: "@ann:bed.test", sender: "@ann:bed.test", version: "12", token: "syt_person", want: http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			const room = "/_matrix/client/v3/rooms/!chat"
			w.answers = map[string]string{
				"/_matrix/client/v3/account/whoami": `{"user_id":"@slackbot:bed.test"}`,
				room + "/event/$e":                  `{"sender":"` + tc.sender + `"}`,
				room + "/state/m.room.create/":      `{"sender":"` + tc.creator + `","content":{"room_version":"` + tc.version + `","additional_creators":["@slackbot:bed.test"]}}`,
				room + "/state/m.room.power_levels/": func() string {
					if tc.levels == "" {
						return "{}"
					}
					return tc.levels
				}(),
			}
			token := asToken
			if tc.token != "" {
				token = tc.token
			}
			status, text := w.call(http.MethodPut, w.manners.ToHomeserver+room+"/redact/$e/txn", token, "{}")
			require.Equal(t, tc.want, status, text)
			if tc.want != http.StatusOK {
				require.Contains(t, text, `"M_FORBIDDEN"`)
			}
		})
	}
}

func TestPassesOnTheRest(t *testing.T) {
	w := start(t)
	status, text := w.call(http.MethodGet, w.manners.ToHomeserver+"/_matrix/federation/v1/version", asToken, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, `"continuwuity"`)

	w.call(http.MethodPut, w.manners.ToHomeserver+"/_matrix/client/v3/rooms/%21a%3Ab/send/m.room.message/1%2F2?user_id=%40x", asToken, "{}")
	require.Equal(t, []string{"PUT /_matrix/client/v3/rooms/%21a%3Ab/send/m.room.message/1%2F2?user_id=%40x"}, w.asked)
	status, _ = w.call(http.MethodGet, w.manners.ToBridge+"/_matrix/app/v1/users/@x:y", "hs-secret", "")
	require.Equal(t, http.StatusOK, status)
}
