package torture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed/proxy"
)

// answerDelay is how long Slack takes to answer.
var answerDelay = web.Latency{MinMS: 200, MaxMS: 500}

// How often something breaks on a hop, on average.
const (
	slackFaultEvery   = 3 * time.Second
	networkFaultEvery = 8 * time.Second
	diskFaultEvery    = 40 * time.Second
)

// breakThings starts the faults of every hop.
func (r *run) breakThings(ctx context.Context) {
	if r.options.Weather == Calm {
		return
	}
	r.begin(ctx, r.keepBridge)
	if r.options.Weather == KillsAlone {
		return
	}
	schedule := newSchedule(r.options.Seed, 0, r.options.Weather, false)
	limit := r.options.Limit
	// Not every outage is a kill, and each takes the time of a restart.
	r.hop(ctx, schedule.Faults("homeserver", every(limit, r.options.HomeserverKills*9/5), "kill", "kill", "kill", "kill", "stop", "freeze"), r.breakHomeserver)
	if r.options.Postgres {
		r.hop(ctx, schedule.Faults("database", every(limit, r.options.DatabaseKills*3/2), "kill", "kill", "kill", "stop"), r.breakDatabase)
	}
	slack := []string{
		"cut", "refresh", "refresh", "warning", "close", "silence", "refuse", "false refusal", "false refusal", "storm", "5xx", "internal error",
		"lost answer", "lost answer", "truncated answer", "slow", "duplicates", "repeats", "disorder", "late", "too many",
	}
	r.hop(ctx, schedule.Faults("slack", slackFaultEvery, slack...), r.breakSlack)
	network := []string{"hold homeserver", "fail homeserver", "lose homeserver", "hold bridge", "fail bridge", "lose bridge", "hold slack", "fail slack", "lose slack"}
	r.hop(ctx, schedule.Faults("network", networkFaultEvery, network...), r.breakNetwork)
	if r.disk != nil {
		r.hop(ctx, schedule.Faults("disk", diskFaultEvery, "full"), r.breakDisk)
	}
}

// outageEvery is the shortest average time between two outages. With more of them
// nothing would get through, and nothing would be tested.
const outageEvery = 12 * time.Second

// every spreads the wanted number of outages, and a few more, over the run.
func every(limit time.Duration, wanted int) time.Duration {
	return max(limit*8/10/time.Duration(max(wanted, 1)), outageEvery)
}

// hop breaks one hop again and again until ctx ends. Everything is repaired by then.
func (r *run) hop(ctx context.Context, faults *Faults, do func(context.Context, Fault) error) {
	r.begin(ctx, func(ctx context.Context) error {
		for {
			fault := faults.Next()
			pause(ctx, fault.Wait)
			if ctx.Err() != nil {
				return nil
			}
			if err := do(ctx, fault); err != nil {
				return fmt.Errorf("%s: %w", fault.Name, err)
			}
		}
	})
}

// restartTimeout is how long a homeserver or a database may take to come back.
const restartTimeout = 2 * time.Minute

func (r *run) breakHomeserver(ctx context.Context, f Fault) error {
	r.log.say("the homeserver: %s", f)
	p := r.stack.Homeserver.Process()
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), restartTimeout)
	defer cancel()
	switch f.Name {
	case "freeze":
		r.report.fault("a frozen homeserver")
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			return err
		}
		pause(ctx, f.Lasts)
		return p.Signal(syscall.SIGCONT)
	case "stop":
		r.report.fault("a stop of the homeserver")
		if err := p.Stop(back); err != nil {
			return err
		}
	default:
		p.Kill()
		r.report.homeserverKilled()
	}
	pause(ctx, f.Lasts)
	if err := r.stack.Homeserver.Start(back); err != nil {
		return err
	}
	if r.stack.Manners != nil {
		r.stack.Manners.Restart()
	}
	return nil
}

func (r *run) breakDatabase(ctx context.Context, f Fault) error {
	r.log.say("the database: %s", f)
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), restartTimeout)
	defer cancel()
	if f.Name == "stop" {
		r.report.fault("a stop of the database")
		if err := r.postgres.Stop(back); err != nil {
			return err
		}
	} else {
		r.postgres.Kill()
		r.report.databaseKilled()
	}
	pause(ctx, f.Lasts)
	return r.postgres.StartAgain(back)
}

func (r *run) breakDisk(ctx context.Context, f Fault) error {
	r.log.say("the disk: %s", f)
	r.report.fault("a full disk")
	if err := r.disk.fill(); err != nil {
		return err
	}
	pause(ctx, f.Lasts)
	return r.disk.free()
}

// breakNetwork has a hop hold requests, fail them, or lose their answers.
func (r *run) breakNetwork(ctx context.Context, f Fault) error {
	var how, where string
	if _, err := fmt.Sscanf(f.Name, "%s %s", &how, &where); err != nil {
		return err
	}
	hop := map[string]*proxy.Proxy{"homeserver": r.stack.ToHomeserver, "bridge": r.stack.ToBridge, "slack": r.stack.ToSlack}[where]
	all := func(*http.Request) bool { return true }
	r.report.fault(map[string]string{"hold": "silence", "fail": "errors", "lose": "lost answers"}[how] + " on the way to the " + where)
	var fault *proxy.Fault
	switch how {
	case "hold":
		fault = hop.Hold(all)
	case "fail":
		fault = hop.Fail(all, http.StatusBadGateway)
	default:
		fault = hop.Lose(all)
	}
	defer fault.Release()
	pause(ctx, f.Lasts)
	return nil
}

// breakSlack does what Slack does. Faults of sockets need an open one; without it they do
// nothing.
func (r *run) breakSlack(ctx context.Context, f Fault) error {
	app := control.SocketRequest{App: bridgeApp}
	calls := func(fault web.Fault) error { return r.slack.FailCalls(ctx, fault) }
	chaos := func(c socket.Chaos) error { return r.slack.Chaos(ctx, bridgeApp, c) }
	refuse := func(count int, how string) error {
		return r.slack.RefuseSockets(ctx, control.SocketRequest{App: bridgeApp, Count: count, How: how})
	}
	reason := func(reason string) error {
		return ifOpen(r.slack.Disconnect(ctx, control.SocketRequest{App: bridgeApp, Reason: reason}))
	}
	do := map[string]func() error{
		"cut":      func() error { return ifOpen(r.slack.Cut(ctx, app)) },
		"refresh":  func() error { return reason("refresh_requested") },
		"warning":  func() error { return reason("warning") },
		"too many": func() error { return refuse(1, "too_many_websockets") },
		"close": func() error {
			return ifOpen(r.slack.CloseSockets(ctx, control.SocketRequest{App: bridgeApp, Code: 1001}))
		},
		"silence":       func() error { return ifOpen(r.slack.HalfOpen(ctx, app)) },
		"refuse":        func() error { return refuse(1+f.Count%2, []string{"cut", "close", "503"}[f.Count%3]) },
		"false refusal": func() error { return calls(web.Fault{Method: refusedMethod(f.Count), Error: "invalid_auth"}) },
		"storm": func() error {
			return calls(web.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1, Times: 2 * f.Count})
		},
		"5xx":              func() error { return calls(web.Fault{Status: 500 + f.Count%4, Times: f.Count}) },
		"internal error":   func() error { return calls(web.Fault{Error: "internal_error", Times: f.Count, After: f.Count%2 == 0}) },
		"lost answer":      func() error { return calls(web.Fault{Cut: true, After: true, Times: 1 + f.Count/2}) },
		"truncated answer": func() error { return calls(web.Fault{Truncate: true, Times: 1 + f.Count/2}) },
		"slow":             func() error { return calls(web.Fault{DelayMS: int(f.Lasts.Milliseconds()), Times: f.Count}) },
		"duplicates":       func() error { return chaos(socket.Chaos{Duplicate: f.Count}) },
		"repeats":          func() error { return chaos(socket.Chaos{RepeatFirst: f.Count}) },
		"disorder":         func() error { return chaos(socket.Chaos{Reorder: 1 + f.Count}) },
		"late":             func() error { return chaos(socket.Chaos{DelayNext: f.Count, DelayMS: int(f.Lasts.Milliseconds())}) },
	}[f.Name]
	r.log.say("Slack: %s", f)
	r.report.fault("Slack: " + f.Name)
	if err := do(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// refusedMethod picks the method of which one call is refused.
func refusedMethod(n int) string {
	methods := []string{"chat.postMessage", "apps.connections.open", "auth.test", "conversations.history", "reactions.add", "users.info"}
	return methods[n%len(methods)]
}

// ifOpen ignores the emulator's refusal of a fault that needs an open socket: the bridge
// may be down.
func ifOpen(err error) error {
	var refusal *control.Error
	if errors.As(err, &refusal) && refusal.Code == "fault_failed" {
		return nil
	}
	return err
}
