package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/health"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/watchdog"
)

// listenForHealth answers on operator.address. A bridge that cannot bridges all the same,
// and says so.
func (a *App) listenForHealth() {
	if a.config.Operator.Address == "" {
		return
	}
	server, err := health.Listen(a.config.Operator.Address)
	if err != nil {
		a.log.Warn("Nothing answers /healthz, /readyz and /metrics", zap.Error(err))
		return
	}
	a.health = server
	a.handled.Go(func() {
		err := server.Serve(health.Config{
			Status: a.Status, Alive: a.watchdog.Stuck, Metrics: a.metrics.Handler(),
			Rooms: a.slack.LastMessages, Latencies: a.metrics.Latencies, Log: a.log.Named("health"),
		})
		if err != nil {
			a.log.Error("Nothing answers /healthz, /readyz and /metrics any more", zap.Error(err))
		}
	})
}

func (a *App) closeHealth(ctx context.Context) {
	if a.health == nil {
		return
	}
	if err := a.health.Close(ctx); err != nil {
		a.log.Warn("The listener of operator.address was not closed cleanly", zap.Error(err))
	}
}

// newWatchdog makes the watch over the process's own loops. A turn takes a loop's lock and
// gives it back: none asks Slack, the homeserver or the database.
func (a *App) newWatchdog() *watchdog.Watchdog {
	return watchdog.New([]watchdog.Loop{
		{Name: "the inbox", Turn: func() {
			if box := a.slack.Inbox(); box != nil {
				box.Stats()
			}
		}},
		{Name: "the sockets to Slack", Turn: func() { a.slack.Counts() }},
		{Name: "the logins", Turn: func() { a.slack.LoginStatuses() }},
		{Name: "the listener for the homeserver", Turn: func() { a.server.Stats() }},
		{Name: "the watch over the deliveries", Turn: func() { a.watch.State() }},
	}, a.life.Alive, a.log)
}

// keepWatch sees until the stop is over that the process goes on.
func (a *App) keepWatch() {
	ctx, stop := context.WithCancel(context.Background())
	a.unwatch = stop
	a.handled.Go(func() { a.watchdog.Run(ctx) })
}

// snapshot is what the metrics are made of.
func (a *App) snapshot(ctx context.Context) metrics.Snapshot {
	status, _ := a.Status(ctx) // it does not fail
	s := metrics.Snapshot{Status: status, Counts: a.slack.Counts(), Server: a.server.Stats(), Delivery: a.watch.State()}
	if box := a.slack.Inbox(); box != nil {
		s.Inbox = box.Stats()
	}
	return s
}

// rowDone measures how long a row was in the inbox.
func (a *App) rowDone(source string, took time.Duration) {
	hop := metrics.SlackToMatrix
	if source == matrixevent.Source {
		hop = metrics.MatrixToSlack
	}
	a.metrics.Observe(hop, took)
}

// stopwatch measures how long requests take to their answer.
type stopwatch struct {
	next    http.RoundTripper
	counts  func(*http.Request) bool
	observe func(time.Duration)
}

// RoundTrip implements http.RoundTripper.
func (s stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	response, err := s.next.RoundTrip(r)
	if s.counts(r) {
		s.observe(time.Since(begun))
	}
	return response, err
}

func all(*http.Request) bool { return true }

func (a *App) timed(hop metrics.Hop, next http.RoundTripper, counts func(*http.Request) bool) http.RoundTripper {
	return stopwatch{next, counts, func(took time.Duration) { a.metrics.Observe(hop, took) }}
}

// timedCalls measures the calls of Slack's Web API, and not the pictures and files that the
// same client fetches.
func (a *App) timedCalls(next http.RoundTripper) http.RoundTripper {
	api := a.config.Network.SlackAPIURL
	return a.timed(metrics.SlackCall, next, func(r *http.Request) bool { return strings.HasPrefix(r.URL.String(), api) })
}
