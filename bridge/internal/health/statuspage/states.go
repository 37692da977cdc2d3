package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

// states are those of a bridge that is well, of one to which everything happens, and of one
// that has just begun.
func states() map[string]state {
	return map[string]state{
		"well":     {status: well(), rooms: rooms(), latencies: latencies()},
		"troubled": troubled(),
		"starting": {status: operator.Status{
			Version: "1.2.3", At: time.Now(), Started: ago(2 * time.Second), Phase: operator.Starting, Doing: "waiting for the homeserver",
		}, latencies: metrics.New(nil).Latencies()},
	}
}

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

func well() operator.Status {
	return operator.Status{
		Version: "1.2.3", At: time.Now(), Started: ago(75 * time.Hour), Phase: operator.Up, Rooms: 212,
		Logins: []operator.LoginStatus{
			{Login: "T0ACME0001-U0BRIDGE01", State: "connected", Since: ago(2 * time.Hour), Lost: ago(2 * time.Hour), LostReason: "refresh_requested", RoomsReady: true},
		},
		Homeserver: operator.HomeserverStatus{Transactions: "ready", Delivers: true, Proven: ago(40 * time.Second)},
		Inbox: []operator.SourceStatus{
			{Source: "matrix", Received: ago(time.Minute), Done: ago(time.Minute)},
			{Source: "slack:T0ACME0001-U0BRIDGE01", Waiting: 1, Oldest: ago(time.Second), Received: ago(time.Second), Done: ago(5 * time.Second)},
		},
	}
}

func troubled() state {
	s := well()
	s.Logins[0].State, s.Logins[0].Next = "waiting", time.Now().Add(30*time.Second)
	s.Logins[0].Message = "Slack is not reachable: dial tcp: lookup wss-primary.slack.com on 127.0.0.53:53: no such host; " +
		"the machine must reach https://slack.com/api/apps.connections.open"
	s.Logins[0].Waits = []operator.Wait{
		{Method: "conversations.history", Until: time.Now().Add(50 * time.Second), Calls: 12},
		{Method: "chat.postMessage", Until: time.Now().Add(10 * time.Second), Calls: 4},
	}
	s.Logins = append(s.Logins, operator.LoginStatus{
		Login: "T0OTHER002-U0BRIDGE02", State: "unusable", Since: ago(26 * time.Hour),
		Message: "the bot token was revoked or the app removed; install the app again, then correct the file named by " +
			"network.logins[].bot_token_file, or log in again with `login app`",
	})
	s.Homeserver = operator.HomeserverStatus{Transactions: "ready", Proven: ago(time.Hour), Waiting: ago(50 * time.Minute)}
	s.Inbox[0].Waiting, s.Inbox[0].Parked, s.Inbox[0].Oldest = 123456, 789, ago(50*time.Minute)
	s.Inbox = append(s.Inbox, operator.SourceStatus{Source: "slack:T0OTHER002-U0BRIDGE02", Waiting: 17, Oldest: ago(26 * time.Hour), Parked: 2, Received: ago(26 * time.Hour), Done: ago(26 * time.Hour)})
	s.Incomplete, s.Reading = "the database does not answer", 3
	s.Filling = operator.FillingStatus{Rooms: 2, Found: 1500, Sent: 420}
	return state{
		status: s, latencies: latencies(),
		stuck: errors.New("no turn for more than 30s: " + strings.Repeat("the_lanes_of_the_inbox_", 6)), roomsErr: errors.New("no connection"),
	}
}

// rooms have names as long as Slack lets them be, with and without places to break them.
func rooms() (list []operator.RoomStatus) {
	for i, name := range []string{
		"#general", "#" + strings.Repeat("x", 80), "#" + strings.Repeat("incident-", 8) + "reviews", "#" + strings.Repeat("お知らせ", 20), "a direct conversation",
	} {
		room := operator.RoomStatus{Name: name, FromSlack: ago(time.Duration(i*i*i*37) * time.Minute)}
		if i%2 == 0 {
			room.FromMatrix = ago(time.Duration(i+1) * time.Minute)
		}
		list = append(list, room)
	}
	for i := range 20 {
		list = append(list, operator.RoomStatus{Name: fmt.Sprintf("#project-%d", i+1), FromSlack: ago(time.Duration(i+1) * 5 * time.Hour)})
	}
	return list
}

// latencies are those that the bridge counts, of four hundred messages.
func latencies() []metrics.Latency {
	counted := metrics.New(nil)
	for i := range 400 {
		took := time.Duration(20+i%7*i) * time.Millisecond
		counted.Observe(metrics.SlackToMatrix, took)
		counted.Observe(metrics.MatrixToSlack, 3*took)
		counted.Observe(metrics.SlackCall, 2*took)
		if i == 0 {
			counted.Observe(metrics.ToHomeserver, 3*time.Hour)
		}
	}
	return counted.Latencies()
}
