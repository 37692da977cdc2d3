package metrics

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackws"
)

var update = flag.Bool("update", false, "rewrite the reference page")

func TestReferencePage(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "reference", "metrics.md")
	if *update {
		require.NoError(t, os.WriteFile(path, Markdown(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "make it with: go test -tags goolm ./bridge/internal/metrics -update")
	require.Equal(t, string(want), string(Markdown()))
}

var at = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// busy is a snapshot in which something of everything happened.
func busy() Snapshot {
	return Snapshot{
		Status: operator.Status{
			Version: "1.2.3", At: at, Phase: operator.Up, Rooms: 12,
			Logins: []operator.LoginStatus{{Login: "T1-UBOT", State: "connected", Waits: []operator.Wait{{Method: "chat.postMessage", Calls: 2}}}},
			Inbox: []operator.SourceStatus{
				{Source: "matrix", Waiting: 1, Done: at},
				{Source: "slack:T1-UBOT", Waiting: 2, Parked: 1, Oldest: at.Add(-time.Minute)},
				{Source: "slack:T2-UBOT", Waiting: 3, Oldest: at.Add(-time.Hour)},
			},
		},
		Counts: connector.Counts{
			Losses:     map[slackws.Reason]int64{slackws.ReasonCut: 2, "C0123 said alice": 1},
			Events:     map[connector.Arrival]int64{{Type: "message", Outcome: connector.Stored}: 7},
			Targetless: map[connector.Targeting]int64{connector.EditOf: 4},
			Calls:      map[string]slackapi.MethodCount{"chat.postMessage": {Outcomes: map[string]int{"ok": 3, "channel_not_found": 1, "is_archived": 1, "unreachable": 1}, WaitTime: 1500 * time.Millisecond}},
		},
	}
}

// page is what a scrape of a snapshot shows.
func page(t *testing.T, s Snapshot) string {
	t.Helper()
	m := New(func(context.Context) Snapshot { return s })
	m.Observe(SlackCall, 70*time.Millisecond)
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code, answer.Body.String())
	return answer.Body.String()
}

// TestMetrics: what happened is what a scrape shows.
func TestMetrics(t *testing.T) {
	text := page(t, busy())
	for _, line := range []string{
		`slack_bridge_build_info{version="1.2.3"} 1`,
		`slack_bridge_up 1`,
		`slack_bridge_ready 1`,
		`slack_bridge_logins{state="connected"} 1`,
		`slack_bridge_logins{state="stopped"} 0`,
		`slack_bridge_socket_losses_total{reason="cut"} 2`,
		`slack_bridge_socket_losses_total{reason="other"} 1`,
		`slack_bridge_slack_events_total{outcome="stored",type="message"} 7`,
		`slack_bridge_slack_events_targetless_total{kind="edit"} 4`,
		`slack_bridge_slack_events_targetless_total{kind="reaction"} 0`,
		`slack_bridge_slack_calls_total{method="chat.postMessage",outcome="refused"} 2`,
		`slack_bridge_slack_call_wait_seconds_total{method="chat.postMessage"} 1.5`,
		`slack_bridge_slack_calls_held{method="chat.postMessage"} 2`,
		`slack_bridge_inbox_waiting_rows{source="slack"} 5`,
		`slack_bridge_inbox_parked_rows{source="slack"} 1`,
		`slack_bridge_inbox_oldest_row_age_seconds{source="slack"} 3600`,
		`slack_bridge_inbox_oldest_row_age_seconds{source="matrix"} 0`,
		`slack_bridge_hop_duration_seconds_bucket{hop="slack_call",le="0.1"} 1`,
		`slack_bridge_hop_duration_seconds_count{hop="slack_to_matrix"} 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.Contains(t, text, "\ngo_goroutines ")
	require.Contains(t, text, "\nprocess_resident_memory_bytes ")
}

// TestWhatIsNotKnownIsNotZero: without the database nothing is said of what only it knows. As
// zero it would end the alert about parked rows.
func TestWhatIsNotKnownIsNotZero(t *testing.T) {
	s := busy()
	s.Status.Incomplete = "the database does not answer"
	text := page(t, s)
	for _, name := range []string{"inbox_parked_rows", "inbox_oldest_row_age_seconds", "rooms"} {
		require.NotRegexp(t, `(?m)^slack_bridge_`+name+`[{ ]`, text)
	}
	require.Contains(t, text, `slack_bridge_inbox_waiting_rows{source="slack"} 5`, "that is in memory")
	require.Contains(t, text, "slack_bridge_ready 0\n")
}

// TestLabelsAreWordsOfOurOwn: nothing that Slack says, and no login, gets into a label.
func TestLabelsAreWordsOfOurOwn(t *testing.T) {
	text := page(t, busy())
	for _, never := range []string{"C0123", "alice", "channel_not_found", "UBOT", "T1-"} {
		require.NotContains(t, text, never)
	}
}

// TestNames lints the metrics as `promtool check metrics` does.
func TestNames(t *testing.T) {
	m := New(func(context.Context) Snapshot { return busy() })
	problems, err := testutil.GatherAndLint(m.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.True(t, regexp.MustCompile(`^slack_bridge_`).MatchString(latencyName))
}

// TestEveryCounterIsRead: each number that a package counts changes what a scrape shows. A
// counter that is added without a metric fails here.
func TestEveryCounterIsRead(t *testing.T) {
	for name, of := range map[string]func(*Snapshot) any{
		"slackws.Stats":  func(s *Snapshot) any { return &s.Counts.Sockets },
		"inbox.Stats":    func(s *Snapshot) any { return &s.Inbox },
		"matrixin.Stats": func(s *Snapshot) any { return &s.Server },
		"delivery.State": func(s *Snapshot) any { return &s.Delivery },
		"slackapi.MethodCount": func(s *Snapshot) any {
			return &methodCount{s}
		},
	} {
		fields := reflect.TypeOf(of(&Snapshot{})).Elem()
		if name == "slackapi.MethodCount" {
			fields = reflect.TypeFor[slackapi.MethodCount]()
		}
		for i := range fields.NumField() {
			field := fields.Field(i)
			t.Run(name+"."+field.Name, func(t *testing.T) {
				if name == "inbox.Stats" && field.Name == "Waiting" {
					return // the status has it, with what is parked
				}
				s := busy()
				before := values(t, s)
				target := of(&s)
				if wrapped, ok := target.(*methodCount); ok {
					count := s.Counts.Calls["chat.postMessage"]
					raise(t, reflect.ValueOf(&count).Elem().Field(i))
					wrapped.s.Counts.Calls["chat.postMessage"] = count
				} else {
					raise(t, reflect.ValueOf(target).Elem().Field(i))
				}
				require.NotEqual(t, before, values(t, s), "nothing reads it")
			})
		}
	}
}

// methodCount stands for the counts of one method in a snapshot.
type methodCount struct{ s *Snapshot }

// values are all that the table makes of a snapshot.
func values(t *testing.T, s Snapshot) map[string][]value {
	t.Helper()
	all := map[string][]value{}
	for _, m := range table() {
		all[m.name] = m.read(s)
	}
	return all
}

// raise makes a counter another one.
func raise(t *testing.T, field reflect.Value) {
	t.Helper()
	switch field.Interface().(type) {
	case int, int64, time.Duration:
		field.SetInt(field.Int() + int64(time.Hour))
	case bool:
		field.SetBool(!field.Bool())
	case string:
		field.SetString("ready")
	case time.Time:
		field.Set(reflect.ValueOf(at.Add(-time.Hour)))
	case map[string]int:
		field.Set(reflect.ValueOf(map[string]int{"ok": 99}))
	default:
		t.Fatalf("what is counted in a %s?", field.Type())
	}
}
