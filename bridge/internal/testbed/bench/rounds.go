package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/sqlcount"
)

// sizes say how much is measured.
type sizes struct {
	// ceiling, burst and synapse are numbers of messages sent at once, paced of those
	// at 10/s, counted of those whose statements are counted.
	ceiling, burst, synapse, paced, counted int
	// few and many are the channels of the two first logins. People write in live of many
	// channels while the others get their history of said messages each.
	few, many  int
	live, said int
	rounds     int
}

func fullSizes() sizes {
	return sizes{ceiling: 1000, burst: 2000, synapse: 300, paced: 300, counted: 1000, few: 50, many: 500, live: 10, said: 100, rounds: 3}
}

func quickSizes() sizes {
	return sizes{ceiling: 40, burst: 60, synapse: 20, paced: 10, counted: 20, few: 3, many: 5, live: 2, said: 3, rounds: 1}
}

const tenASecond = 100 * time.Millisecond

// channels of a world; measures of ten channels use all of them.
const channels = 10

// round is one world with one program.
type round struct {
	*world
	sizes    sizes
	database Database
	sample   func(measure, float64)
}

// step is a part of a round that takes seconds. Programs that are compared take the
// same step one after the other.
type step func(context.Context) error

// ceilings measures the bridge with a homeserver that answers at once.
func (r *round) ceilings() []step {
	steps := []step{r.begin}
	for range 2 { // The flows are short, so each is measured twice.
		steps = append(
			steps,
			r.ceiling(fromOne, fromOneCPU, 1, r.slackToMatrix), r.ceiling(fromTen, fromTenCPU, channels, r.slackToMatrix),
			r.ceiling(toOne, toOneCPU, 1, r.matrixToSlack), r.ceiling(toTen, toTenCPU, channels, r.matrixToSlack),
		)
	}
	return append(steps, r.paced, r.bursts, func(context.Context) error { return r.memory("VmHWM", memoryMost) }, r.restart)
}

func (r *round) ceiling(rate, cpu measure, channels int, through func(context.Context, load) (flow, error)) step {
	return func(ctx context.Context) error {
		f, err := through(ctx, load{count: r.sizes.ceiling, channels: channels})
		if err != nil {
			return fmt.Errorf("%s: %w", rate, err)
		}
		r.sample(rate, f.perSecond())
		r.sample(cpu, milliseconds(f.cpuEach()))
		return nil
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// paced measures how late messages are when none waits for another.
func (r *round) paced(ctx context.Context) error {
	l := load{count: r.sizes.paced, channels: channels, pace: tenASecond}
	from, err := r.slackToMatrix(ctx, l)
	if err != nil {
		return fmt.Errorf("%s: %w", fromPacedP50, err)
	}
	to, err := r.matrixToSlack(ctx, l)
	if err != nil {
		return fmt.Errorf("%s: %w", toPacedP50, err)
	}
	r.sample(fromPacedP50, milliseconds(from.quantile(0.5)))
	r.sample(fromPacedP99, milliseconds(from.quantile(0.99)))
	r.sample(toPacedP50, milliseconds(to.quantile(0.5)))
	r.sample(toPacedP99, milliseconds(to.quantile(0.99)))
	return nil
}

// bursts measures the acks of many events at once. The emulator repeats what is not
// acknowledged within three seconds, as Slack does.
func (r *round) bursts(ctx context.Context) error {
	before := len(r.slack.Hub.Records())
	if _, err := r.slackToMatrix(ctx, load{count: r.sizes.burst, channels: channels}); err != nil {
		return fmt.Errorf("%s: %w", burstAck, err)
	}
	var acks []time.Duration
	repeated := 0
	for _, record := range r.slack.Hub.Records()[before:] {
		repeated += len(record.Attempts) - 1
		first := record.Attempts[0]
		// An attempt without an ack took as long as Slack waits for one, or longer.
		late := 3 * time.Second
		if first.LatencyMS != nil {
			late = time.Duration(*first.LatencyMS * float64(time.Millisecond))
		}
		acks = append(acks, late)
	}
	slices.Sort(acks)
	r.sample(burstAck, milliseconds(quantile(acks, 0.99)))
	r.sample(burstRepeats, float64(repeated))
	return nil
}

func (r *round) memory(field string, m measure) error {
	held, err := memoryOf(r.bridge.Process().PID(), field)
	if err == nil {
		r.sample(m, float64(held)/(1<<20))
	}
	return err
}

// restart measures how long it takes until the bridge is connected to Slack again.
func (r *round) restart(ctx context.Context) error {
	stopping, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.bridge.Process().Stop(stopping); err != nil {
		return err
	}
	begin := time.Now()
	if err := r.bridge.Launch(); err != nil {
		return err
	}
	err := await.Until(ctx, "the bridge to connect to Slack again", func(context.Context) (bool, error) {
		if r.bridge.Process().ExitCode() >= 0 {
			return false, r.bridge.Process().Died()
		}
		return len(r.slack.Hub.Sockets()) > 0, nil
	})
	if err != nil {
		return err
	}
	r.sample(restarted, time.Since(begin).Seconds())
	if err := r.idle(ctx); err != nil {
		return err
	}
	return r.memory("VmRSS", memoryIdle)
}

// firstLogin measures how long it takes until the owner is invited to every room.
func (r *round) firstLogin(ctx context.Context, m measure) error {
	begin := time.Now()
	if err := r.login(ctx); err != nil {
		return err
	}
	r.sample(m, time.Since(begin).Seconds())
	return nil
}

// liveMeanwhile measures how late messages are in the newest channels while the rooms of all
// others are made, and filled where they get their history.
func (r *round) liveMeanwhile(ctx context.Context) error {
	p50, p99 := withoutHistoryP50, withoutHistoryP99
	if r.history {
		p50, p99 = withHistoryP50, withHistoryP99
	}
	l := load{count: r.sizes.paced, channels: r.sizes.live, pace: tenASecond, first: r.channels - r.sizes.live}
	if err := r.bridge.Start(ctx); err != nil {
		return err
	}
	if err := r.join(ctx, l.first); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f, err := r.through(waiting, l, r.inSlack(l))
	if err != nil {
		return fmt.Errorf("%s: %w", p50, err)
	}
	oldest, err := r.home.invited(ctx, "#"+channelName(0))
	if err != nil {
		return err
	}
	if r.history && r.sizes.said == fullSizes().said && oldest != "" {
		return fmt.Errorf("%s: the rooms had their history before all messages were sent", p50)
	}
	r.sample(p50, milliseconds(f.quantile(0.5)))
	r.sample(p99, milliseconds(f.quantile(0.99)))
	return nil
}

// behindSynapse measures how much gets through with a real homeserver, and how much
// that homeserver takes without the bridge.
func (r *round) behindSynapse() []step {
	return []step{
		r.begin,
		r.withSynapse(fromOne, 1, r.slackToMatrix), r.rawSends(rawOne, 1),
		r.withSynapse(fromTen, channels, r.slackToMatrix), r.rawSends(rawTen, channels),
		r.withSynapse(toOne, 1, r.matrixToSlack), r.withSynapse(toTen, channels, r.matrixToSlack),
		r.paced,
	}
}

func (r *round) withSynapse(rate measure, channels int, through func(context.Context, load) (flow, error)) step {
	return func(ctx context.Context) error {
		f, err := through(ctx, load{count: r.sizes.synapse, channels: channels})
		if err != nil {
			return fmt.Errorf("%s: %w", rate, err)
		}
		r.sample(rate, f.perSecond())
		return nil
	}
}

func (r *round) rawSends(rate measure, channels int) step {
	return func(ctx context.Context) error {
		l := load{count: r.sizes.synapse, channels: channels}
		took, err := r.raw(ctx, l)
		if err != nil {
			return fmt.Errorf("%s: %w", rate, err)
		}
		r.sample(rate, float64(l.count)/took.Seconds())
		return nil
	}
}

// raw sends to Synapse what the bridge would send.
func (r *round) raw(ctx context.Context, l load) (time.Duration, error) {
	if err := r.idle(ctx); err != nil {
		return 0, err
	}
	server := r.home.(*synapse)
	begin := time.Now()
	_, err := l.run(begin, func(n int) error {
		return server.raw(ctx, r.rooms[n%l.channels], fmt.Sprintf("raw %d", n))
	})
	return time.Since(begin), err
}

// statements counts what a message costs. The program has to be a counting one. What an idle
// bridge asks in the same time is no message's.
func (r *round) statements(ctx context.Context) ([]count, error) {
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	var all []count
	sent := load{count: r.sizes.counted, channels: channels}
	from, to := burstSQLFrom, burstSQLTo
	if r.options.paced {
		sent = load{count: max(r.sizes.counted/5, 1), channels: channels, pace: tenASecond}
		from, to = pacedSQLFrom, pacedSQLTo
	}
	for _, step := range []struct {
		measure measure
		flow    func(context.Context, load) (flow, error)
	}{
		{from, r.slackToMatrix},
		{to, r.matrixToSlack},
	} {
		if err := r.idle(ctx); err != nil {
			return nil, err
		}
		idle, err := r.counted(func() error { return pause(ctx, time.Duration(sent.count)*sent.pace) })
		if err != nil {
			return nil, err
		}
		noted, err := r.counted(func() error {
			_, err := step.flow(ctx, sent)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.measure, err)
		}
		r.sample(step.measure, float64(len(noted)-len(idle))/float64(sent.count))
		all = append(all, summarize(step.measure, noted, sent.count)...)
	}
	return all, nil
}

// counted returns the statements that the bridge runs during what is done.
func (r *round) counted(do func() error) ([]sqlcount.Statement, error) {
	before, err := sqlcount.Read(r.counts(), 0)
	if err != nil {
		return nil, err
	}
	if err := do(); err != nil {
		return nil, err
	}
	return sqlcount.Read(r.counts(), len(before))
}

func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// counts is the file in which a counting program notes its statements.
func (w *world) counts() string { return w.in("statements") }
