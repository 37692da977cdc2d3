package torture

import (
	"context"
	"os"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/testbed/process"
)

// unitTime is how long the systemd unit gives the bridge to stop (TimeoutStopSec).
const unitTime = 30 * time.Second

// restartAfter is the pause after the bridge has ended by itself, as systemd makes it
// (RestartSec).
const restartAfter = time.Second

// keepBridge starts the bridge and ends it, life after life, until ctx ends. Then it
// kills the bridge once more and starts it for the rest of the run.
func (r *run) keepBridge(ctx context.Context) error {
	schedule := newSchedule(r.options.Seed, r.meanLife(), r.options.Weather, r.failpoints)
	if err := r.stopSetUp(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		life := schedule.Life()
		r.log.say("the bridge: %s", life)
		if err := r.live(ctx, life); err != nil {
			return err
		}
		pause(ctx, life.Away)
	}
	r.stack.Bridge.SetEnv(r.env(Life{})...)
	return r.stack.Bridge.Launch()
}

// meanLife is short enough that the wanted number of lives fits into the limit.
func (r *run) meanLife() time.Duration {
	mean := 6 * time.Second
	if r.options.Kills > 0 {
		mean = r.options.Limit / time.Duration(r.options.Kills) * 6 / 10 // The rest is starts and absences.
	}
	return min(max(mean, 3*time.Second), 20*time.Second)
}

// stopSetUp ends the life in which the rooms were made.
func (r *run) stopSetUp(ctx context.Context) error {
	stop, cancel := context.WithTimeout(ctx, unitTime)
	defer cancel()
	return r.stack.Bridge.Process().Stop(stop)
}

// live is one life, from the start to the end of the process.
func (r *run) live(ctx context.Context, life Life) error {
	r.stack.Bridge.SetEnv(r.env(life)...)
	if err := r.stack.Bridge.Launch(); err != nil {
		return err
	}
	p := r.stack.Bridge.Process()
	r.jump(ctx, life)
	defer os.Remove(r.clockFile())
	end := time.NewTimer(life.After)
	defer end.Stop()
	select {
	case <-p.Exited():
		r.endedByItself(ctx, p, life)
		return nil
	case <-end.C:
	case <-ctx.Done():
		life.End = Killed
	}
	r.end(ctx, p, life)
	return nil
}

// jump moves the bridge's clock from the start of a life on.
func (r *run) jump(ctx context.Context, life Life) {
	if life.Jump == 0 {
		return
	}
	r.report.fault("a clock jump")
	r.must(os.WriteFile(r.clockFile(), []byte(life.Jump.String()), 0o600))
}

// endedByItself tells a failpoint from an end that was not asked for.
func (r *run) endedByItself(ctx context.Context, p *process.Process, life Life) {
	if life.Failpoint != "" && p.ExitCode() == 128+int(syscall.SIGKILL) {
		r.report.killed(life.Failpoint, r.unfinished(ctx))
		return
	}
	r.log.say("the bridge ended by itself with %d", p.ExitCode())
	r.report.exit(p.ExitCode())
	pause(ctx, restartAfter)
}

func (r *run) end(ctx context.Context, p *process.Process, life Life) {
	switch life.End {
	case Stopped:
		r.report.fault("a stop of the bridge")
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), unitTime)
		defer cancel()
		if err := p.Stop(stop); err != nil {
			r.log.say("the bridge did not stop within %s", unitTime)
			r.report.fault("a stop that took too long")
		} else if code := p.ExitCode(); code != 0 {
			r.report.exit(code)
		}
		return
	case Frozen:
		r.report.fault("a frozen bridge")
		r.must(p.Signal(syscall.SIGSTOP))
		pause(ctx, life.Freeze)
		r.must(p.Signal(syscall.SIGCONT))
		pause(ctx, life.Freeze)
	case Killed:
	}
	p.Kill()
	r.report.killed("", r.unfinished(ctx))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
