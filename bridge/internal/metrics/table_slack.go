package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackws"
)

func processMetrics() []metric {
	return []metric{
		gauges("build_info", "version", "1, with the version of the bridge.", func(s Snapshot) []value {
			return []value{labelled(s.Status.Version, 1)}
		}),
		gauge("up", "1 when the start is over and the stop has not begun.", func(s Snapshot) float64 { return yes(s.Status.Phase == operator.Up) }),
		gauge("ready", "1 when nothing is known that keeps messages from crossing, as /readyz says.", func(s Snapshot) float64 { return yes(len(s.Status.Troubles()) == 0) }),
		ofDatabase(gauge("rooms", "Bridged conversations.", func(s Snapshot) float64 { return float64(s.Status.Rooms) })),
		gauge("rooms_reading", "Conversations that are read for what was missed.", func(s Snapshot) float64 { return float64(s.Status.Reading) }),
	}
}

func socketMetrics() []metric {
	return []metric{
		gauges("logins", "state", "Logins to Slack by the state of their sockets; unusable are those whose tokens are refused or missing.", logins),
		counter("socket_opens_total", "Attempts to open a socket to Slack.", func(s Snapshot) int64 { return s.Counts.Sockets.Opens }),
		counters("socket_losses_total", "reason", "Sockets that ended, by reason. refresh_requested is Slack's routine.", losses),
		counter("socket_frames_total", "Data frames from Slack.", func(s Snapshot) int64 { return s.Counts.Sockets.Frames }),
		counter("socket_unreadable_frames_total", "Frames that were no envelope; they are not acknowledged.", func(s Snapshot) int64 { return s.Counts.Sockets.Unreadable }),
		counters("socket_envelopes_total", "outcome", "Envelopes: acked; unacked were stored, but the socket was gone; unhandled could not be stored; for dropped ones the queue had no room. Slack sends all but the first again.",
			func(s Snapshot) []value {
				n := s.Counts.Sockets
				return []value{labelled("acked", n.Acked), labelled("unacked", n.Unacked), labelled("unhandled", n.Unhandled), labelled("dropped", n.Dropped)}
			}),
		counter("socket_gaps_total", "Times in which Slack may have dropped events; each is read from history.", func(s Snapshot) int64 { return s.Counts.Sockets.Gaps }),
		{
			prefix + "slack_events_total", prometheus.CounterValue,
			[]string{"type", "outcome"},
			"Events from Slack by type: stored, set_aside for which the bridge has no use, or unreadable. Types that it does not know are other.", events,
		},
		counters("slack_events_targetless_total", "kind", "Reactions and edits in Slack of messages that are not in Matrix: they are older than the room's history, or Slack does not show them.",
			func(s Snapshot) []value {
				n := s.Counts.Targetless
				return []value{labelled("reaction", n[connector.ReactionOf]), labelled("edit", n[connector.EditOf])}
			}),
	}
}

func logins(s Snapshot) (list []value) {
	for _, state := range []string{string(slackws.Connected), string(slackws.Connecting), string(slackws.Waiting), string(slackws.Stopped), "unusable"} {
		count := int64(0)
		for _, login := range s.Status.Logins {
			if login.State == state {
				count++
			}
		}
		list = append(list, labelled(state, count))
	}
	return list
}

// reasons are those that are told apart. Slack's own may be anything.
func reasons() []slackws.Reason {
	return []slackws.Reason{
		slackws.ReasonCut, slackws.ReasonClosed, slackws.ReasonNoPong, slackws.ReasonWarning, slackws.ReasonRefresh,
		slackws.ReasonTooMany, slackws.ReasonLinkDisabled, slackws.ReasonUninstalled,
	}
}

func losses(s Snapshot) (list []value) {
	other := int64(0)
	for reason, count := range s.Counts.Losses {
		if !slices.Contains(reasons(), reason) {
			other += count
		}
	}
	for _, reason := range reasons() {
		list = append(list, labelled(string(reason), s.Counts.Losses[reason]))
	}
	return append(list, labelled("other", other))
}

func events(s Snapshot) (list []value) {
	for at, count := range s.Counts.Events {
		list = append(list, value{float64(count), []string{at.Type, string(at.Outcome)}})
	}
	return list
}

func callMetrics() []metric {
	return []metric{
		{
			prefix + "slack_calls_total", prometheus.CounterValue,
			[]string{"method", "outcome"},
			"Calls of Slack's Web API, each attempt: ok, ratelimited, unreachable, or refused with an error of Slack's.", outcomes,
		},
		counters("slack_call_repeats_total", "method", "Attempts after a call's first.", ofMethods(func(m slackapi.MethodCount) float64 { return float64(m.Repeats) })),
		counters("slack_call_waits_total", "method", "Calls that a limit of Slack's held back.", ofMethods(func(m slackapi.MethodCount) float64 { return float64(m.Waits) })),
		counters("slack_call_wait_seconds_total", "method", "How long they were held back in all.", ofMethods(func(m slackapi.MethodCount) float64 { return m.WaitTime.Seconds() })),
		gauges("slack_calls_held", "method", "Calls that a limit of Slack's holds back now.", func(s Snapshot) (list []value) {
			held := map[string]int64{}
			for _, login := range s.Status.Logins {
				for _, wait := range login.Waits {
					held[wait.Method] += int64(wait.Calls)
				}
			}
			for method, count := range held {
				list = append(list, labelled(method, count))
			}
			return list
		}),
	}
}

func outcomes(s Snapshot) (list []value) {
	for method, calls := range s.Counts.Calls {
		sums := map[string]int{}
		for outcome, count := range calls.Outcomes {
			switch outcome {
			case "ok", "ratelimited", "unreachable":
			default:
				outcome = "refused"
			}
			sums[outcome] += count
		}
		for outcome, count := range sums {
			list = append(list, value{float64(count), []string{method, outcome}})
		}
	}
	return list
}

func ofMethods(number func(slackapi.MethodCount) float64) func(Snapshot) []value {
	return func(s Snapshot) (list []value) {
		for method, count := range s.Counts.Calls {
			list = append(list, value{number(count), []string{method}})
		}
		return list
	}
}
