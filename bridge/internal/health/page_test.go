package health_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

// TestPage: each hop is well or says what is wrong, and the cure; a name from Slack is text.
func TestPage(t *testing.T) {
	b := serve(t)
	b.status.Version, b.status.Rooms = "1.2.3", 12
	b.status.Homeserver = operator.HomeserverStatus{Transactions: "ready", Delivers: true, Proven: time.Now()}
	b.status.Inbox = []operator.SourceStatus{{Source: "matrix", Waiting: 3, Oldest: time.Now().Add(-time.Minute)}, {Source: "slack:T1-UBOT", Parked: 2}}
	b.rooms = []operator.RoomStatus{{Name: "#general", FromSlack: time.Now().Add(-5 * time.Minute)}, {Name: "<script>alert(1)</script>"}}
	b.latencies = []metrics.Latency{{Hop: metrics.SlackToMatrix, Count: 4, Sum: time.Second, Buckets: []metrics.Bucket{{AtMost: time.Second, Count: 3}, {Count: 1}}}}

	code, page, header := b.get(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
	for _, there := range []string{
		"<title>Well – Slack bridge</title>", "All is well", "1.2.3", "12 conversations",
		`<li class="good"><strong>Slack → bridge, T1-UBOT</strong> <span>well</span>`,
		"<h3>from Matrix</h3>", "<dt>waiting</dt><dd>3</dd>", "<dt>oldest</dt><dd>1m ago</dd>",
		"<h3>from Slack, T1-UBOT</h3>", "<dt>parked</dt><dd>2: `slack-bridge inbox list` shows them</dd>",
		`<th scope="row">#general</th><td>5m ago</td><td>–</td>`,
		"&lt;script&gt;alert(1)&lt;/script&gt;",
		`aria-label="from Slack to Matrix: 4, 250ms on average"`, "<li>3 up to 1s</li><li>1 longer</li>", `<rect x="0" y="4" width="18" height="96"><title>3 up to 1s</title></rect>`, "<title>1 longer</title>",
		`<meta name="viewport" content="width=device-width, initial-scale=1" />`,
	} {
		require.Contains(t, page, there)
	}
	require.NotContains(t, page, `class="bad"`)
	require.NotContains(t, page, "what was said before")
	sound(t, page)

	b.status.Logins[0].State, b.status.Logins[0].Message = "stopped", "Socket Mode is switched off; switch it on"
	b.status.Homeserver = operator.HomeserverStatus{Proven: time.Now().Add(-time.Hour), Waiting: time.Now().Add(-time.Hour)}
	b.status.Filling = operator.FillingStatus{Rooms: 2, Found: 150, Sent: 40}
	b.status.Incomplete, b.roomsErr, b.stuck = "the database does not answer", errors.New("no"), errors.New("no turn for more than 30s: the inbox")
	_, page, _ = b.get(t, http.MethodGet, "/", "")
	for _, there := range []string{
		"<title>Not well – Slack bridge</title>", "What keeps messages from crossing", "switch it on",
		`<li class="bad"><strong>Slack → bridge, T1-UBOT</strong> <span>not well</span>`,
		`<li class="bad"><strong>homeserver → bridge</strong>`, "no turn for more than 30s: the inbox", "The database does not answer.",
		"<dt>parked</dt><dd>not known</dd>", "2 get what was said before: 40 of 150 messages are in them.",
	} {
		require.Contains(t, page, there)
	}
	sound(t, page)
}

// sound wants every element to be closed, and nothing that the policy would not let run.
func sound(t *testing.T, page string) {
	t.Helper()
	for _, never := range []string{"<script", "style=", "onclick", "http://", "https://"} {
		require.NotContains(t, page, never)
	}
	decoder := xml.NewDecoder(strings.NewReader(strings.Replace(page, "<!doctype html>", "", 1)))
	decoder.Entity = xml.HTMLEntity
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else {
			require.NoError(t, err)
		}
	}
}

func TestStyle(t *testing.T) {
	b := serve(t)
	code, body, header := b.get(t, http.MethodGet, "/style.css", "")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "text/css; charset=utf-8", header.Get("Content-Type"))
	require.NotContains(t, body, "url(")
}

// TestPageOfCalls: what Slack is asked for waits for its limits, and without good tokens for
// the cure that the socket's hop tells.
func TestPageOfCalls(t *testing.T) {
	b := serve(t)
	b.status.Logins = []operator.LoginStatus{
		{Login: "T1-UBOT", State: "connected", Waits: []operator.Wait{
			{Method: "conversations.history", Until: time.Now().Add(time.Hour), Calls: 12}, {Method: "chat.postMessage", Calls: 4},
		}},
		{Login: "T2-UBOT", State: "unusable", Message: "the bot token was revoked; install the app again"},
	}
	_, page, _ := b.get(t, http.MethodGet, "/", "")
	for _, there := range []string{
		`<strong>bridge → Slack, T1-UBOT</strong> <span>well</span> <p>conversations.history waits for 1h0m`, "more, 12 calls in line; chat.postMessage waits for 0s more, 4 calls in line</p>",
		`<strong>Slack → bridge, T2-UBOT</strong> <span>not well</span> <p>the bot token was revoked; install the app again</p>`,
		`<strong>bridge → Slack, T2-UBOT</strong> <span>not well</span> <p>nothing can be sent until that is mended</p>`,
	} {
		require.Contains(t, page, there)
	}
}
