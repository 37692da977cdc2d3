package metrics

import (
	"time"

	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/operator"
)

func homeserverMetrics() []metric {
	return []metric{
		gauge("transactions_received", "1 when transactions of the homeserver are received: not while the bridge starts or stops.", func(s Snapshot) float64 { return yes(s.Server.State == "ready") }),
		counters("transactions_total", "outcome", "Transactions of the homeserver: with something new, repeated, or refused.", func(s Snapshot) []value {
			n := s.Server
			return []value{labelled("new", n.Transactions-n.Repeated), labelled("repeated", n.Repeated), labelled("refused", n.Refused)}
		}),
		counters("matrix_events_total", "outcome", "Events of transactions: stored, echoes of what the bridge sent, known ones that came again, undecodable ones that are set aside.", func(s Snapshot) []value {
			n := s.Server
			return []value{labelled("stored", n.Events), labelled("echo", n.Echoes), labelled("known", n.Known), labelled("undecodable", n.Undecodable)}
		}),
		gauge("matrix_events_waiting", "Events of the homeserver that are stored and not done.", func(s Snapshot) float64 { return float64(s.Server.Waiting) }),
		counter("alias_queries_total", "Questions of the homeserver whether there is a room of an alias.", func(s Snapshot) int64 { return s.Server.AliasQueries }),
		counter("pings_refused_total", "Pings with another hs_token than the bridge's: the homeserver has an older registration.", func(s Snapshot) int64 { return s.Server.RefusedPings }),
		gauge("homeserver_delivers", "1 when the homeserver delivered the last probe.", func(s Snapshot) float64 { return yes(s.Delivery.Delivers) }),
		gauge("homeserver_refuses", "1 when the homeserver did not accept the bridge's as_token for the last probe.", func(s Snapshot) float64 { return yes(s.Delivery.Refused) }),
		gauge("homeserver_proven_timestamp_seconds", "When a probe was delivered last; 0 before the first.", func(s Snapshot) float64 { return unix(s.Delivery.Proven) }),
		gauge("homeserver_probe_away_seconds", "How long a probe has been away.", func(s Snapshot) float64 { return since(s, s.Delivery.Waiting) }),
		counter("homeserver_recovered_events_total", "Events that were read from rooms because the homeserver had not delivered them.", func(s Snapshot) int64 { return int64(s.Delivery.Recovered) }),
	}
}

func inboxMetrics() []metric {
	return []metric{
		gauges("inbox_waiting_rows", "source", "Rows that are stored and not done, by the side that they came from.", ofSides(sumOf(func(side operator.SourceStatus) float64 { return float64(side.Waiting) }))),
		ofDatabase(gauges("inbox_parked_rows", "source", "Rows that could not be carried over and need a person.", ofSides(sumOf(func(side operator.SourceStatus) float64 { return float64(side.Parked) })))),
		ofDatabase(gauges("inbox_oldest_row_age_seconds", "source", "How long the oldest of the waiting rows has been there.", ofSides(oldest))),
		gauges("inbox_last_received_timestamp_seconds", "source", "When something was stored last, since the start; 0 before.", ofSides(latest(func(side operator.SourceStatus) time.Time { return side.Received }))),
		gauges("inbox_last_done_timestamp_seconds", "source", "When a row was done last, since the start; 0 before.", ofSides(latest(func(side operator.SourceStatus) time.Time { return side.Done }))),
		gauge("inbox_lanes", "Conversations and rooms that have something to do, or a parked row.", func(s Snapshot) float64 { return float64(s.Inbox.Lanes) }),
		counters("inbox_rows_total", "outcome", "Rows: put, known ones that were put before, handled, parked.", func(s Snapshot) []value {
			n := s.Inbox
			return []value{labelled("put", n.Put), labelled("known", n.Known), labelled("handled", n.Handled), labelled("parked", n.Parked)}
		}),
		counter("inbox_retries_total", "Tries of rows that ended in a fault.", func(s Snapshot) int64 { return s.Inbox.Retries }),
		counter("inbox_panics_total", "Tries of rows that ended in a panic: each is a fault of the bridge's, please report it.", func(s Snapshot) int64 { return s.Inbox.Panics }),
		counter("inbox_commits_total", "Commits of the inbox.", func(s Snapshot) int64 { return s.Inbox.Commits }),
		counter("inbox_committed_total", "Rows and marks in those commits.", func(s Snapshot) int64 { return s.Inbox.Committed }),
		counter("inbox_pages_total", "Readings from the database of rows that were not in memory.", func(s Snapshot) int64 { return s.Inbox.Pages }),
	}
}

// ofSides reads a number of each side: all logins to Slack together, and the homeserver.
func ofSides(read func(Snapshot, []operator.SourceStatus) float64) func(Snapshot) []value {
	return func(s Snapshot) []value {
		sides := map[string][]operator.SourceStatus{}
		for _, source := range s.Status.Inbox {
			side := "slack"
			if source.Source == matrixevent.Source {
				side = "matrix"
			}
			sides[side] = append(sides[side], source)
		}
		return []value{{read(s, sides["slack"]), []string{"slack"}}, {read(s, sides["matrix"]), []string{"matrix"}}}
	}
}

func sumOf(number func(operator.SourceStatus) float64) func(Snapshot, []operator.SourceStatus) float64 {
	return func(_ Snapshot, sources []operator.SourceStatus) (sum float64) {
		for _, source := range sources {
			sum += number(source)
		}
		return sum
	}
}

func oldest(s Snapshot, sources []operator.SourceStatus) (age float64) {
	for _, source := range sources {
		age = max(age, since(s, source.Oldest))
	}
	return age
}

func latest(at func(operator.SourceStatus) time.Time) func(Snapshot, []operator.SourceStatus) float64 {
	return func(_ Snapshot, sources []operator.SourceStatus) (last float64) {
		for _, source := range sources {
			last = max(last, unix(at(source)))
		}
		return last
	}
}

// unix is a time as Prometheus has it, 0 for none.
func unix(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

// since is how long ago something was when the snapshot was taken, 0 for never.
func since(s Snapshot, at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return max(s.Status.At.Sub(at).Seconds(), 0)
}
