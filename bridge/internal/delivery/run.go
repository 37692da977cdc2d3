package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"
)

// Run probes after the start, after each time the homeserver was away, and when rooms
// are active and no transaction comes, until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	kept, ok := w.kept(ctx)
	if !ok {
		return
	}
	seen := w.prove(ctx, kept, w.seenRestarts(), true) // the homeserver may have been killed meanwhile, and what it had to send with it
	for ctx.Err() == nil {
		if due := w.untilDue(); due > 0 && w.seenRestarts() == seen {
			w.sleep(ctx, due)
			continue
		}
		seen = w.prove(ctx, w.State().Proven, seen, false)
	}
}

// kept returns when the last proof was that is kept, as soon as that can be read: a proof
// that is made without it would hide what was not delivered before. It is false when ctx
// ends first. A proof of the future was made while the clock was ahead; when it was made
// is not known.
func (w *Watch) kept(ctx context.Context) (time.Time, bool) {
	for ctx.Err() == nil {
		kept, err := w.cfg.Kept(ctx)
		if now := time.Now(); err == nil && kept.After(now) {
			return now.Add(-clockWasWrong), true
		}
		if err == nil {
			return kept, true
		}
		w.cfg.Log.Warn("Failed to read the time of the last delivery, will try again", zap.Error(err))
		w.pause(ctx, w.scaled(probeAgain))
	}
	return time.Time{}, false
}

func (w *Watch) seenRestarts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.restarts
}

// mayHaveRestarted says whether the homeserver was restarted since seen, or is away for all that
// requests show. What it delivers then may have been made before it was away.
func (w *Watch) mayHaveRestarted(seen int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.restarts != seen || w.down
}

// untilDue is how long until a probe is due if nothing else happens.
func (w *Watch) untilDue() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.denied {
		return 0
	}
	if time.Since(w.active) > w.scaled(activeFor) {
		return w.scaled(quiet)
	}
	return max(time.Until(w.last.Add(w.scaled(quiet))), time.Until(w.state.Proven.Add(w.scaled(quiet))))
}

// prove probes until a probe comes back. If the homeserver or the bridge was away, the
// rooms are read first for what was not delivered since the last proof, and if the probe
// takes long they are read then. The homeserver was away as well if it was restarted since
// seen, also while this goes on: a probe that comes back after that proves nothing of the time
// before it. It returns how many restarts the proof covers.
func (w *Watch) prove(ctx context.Context, since time.Time, seen int, away bool) int {
	begun := time.Now()
	read := false
	for ctx.Err() == nil {
		if restarts := w.seenRestarts(); restarts != seen {
			seen, away, read = restarts, true, false
		}
		if away && !read {
			read = w.readRooms(ctx, since)
		}
		if away && !read && w.isWaitedFor() {
			w.pause(ctx, readAgain)
			continue
		}
		w.probe(ctx)
		w.await(ctx, w.scaled(probeAgain))
		back := w.State().Delivers && w.State().Waiting.IsZero()
		if !away && !read && !back && time.Since(begun) >= w.scaled(doubtful) {
			read = w.readRooms(ctx, since)
		}
		if back && w.mayHaveRestarted(seen) {
			continue
		}
		if back && (read || !away) {
			break
		}
		if back {
			w.pause(ctx, w.scaled(probeAgain)) // a probe that comes back at once does not hurry the next reading
		}
	}
	proven := w.State().Proven
	if proven.IsZero() || ctx.Err() != nil {
		return seen
	}
	if err := w.cfg.Proven(ctx, proven); err != nil {
		w.cfg.Log.Warn("Failed to store the time of the last delivery", zap.Error(err))
	}
	return seen
}

// probe sends a probe, and pings.
func (w *Watch) probe(ctx context.Context) {
	nonce := rand.Text()
	w.mu.Lock()
	if w.away == nil {
		w.away = map[string]bool{}
	}
	w.away[nonce] = true
	w.denied, w.probed = false, time.Now()
	if w.state.Waiting.IsZero() {
		w.state.Waiting = time.Now()
	} else if w.state.Delivers && !w.state.Refused {
		w.state.Delivers = false
		w.cfg.Log.Warn("The homeserver has not delivered the bridge's probe; it is sent again until it arrives", zap.Time("since", w.state.Waiting))
	}
	ctx, cancel := context.WithCancel(ctx)
	w.leaveProbe = cancel // a transaction that comes for rooms that are not read does not wait for the probe
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.leaveProbe = nil
		w.mu.Unlock()
		cancel()
	}()
	err := w.cfg.Homeserver.Probe(ctx, nonce)
	if err == nil || errors.Is(err, ErrRefused) {
		w.accepted(err == nil)
	}
	if err != nil && ctx.Err() == nil {
		w.cfg.Log.Debug("Failed to send the probe", zap.Error(err))
		return
	}
	if err := w.cfg.Homeserver.Ping(ctx); err != nil && ctx.Err() == nil {
		w.cfg.Log.Debug("Failed to ask the homeserver to ping the bridge", zap.Error(err))
	}
}

// accepted notes whether the homeserver accepts the bridge's token.
func (w *Watch) accepted(ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Refused = !ok
	if !ok {
		w.state.Delivers = false
	}
}

// await waits until the probe is back, or until a transaction waits for the rooms to be
// read, for a time at most.
func (w *Watch) await(ctx context.Context, atMost time.Duration) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	for {
		w.mu.Lock()
		back := w.away == nil
		w.mu.Unlock()
		if back || w.wasKnocked() {
			return
		}
		select {
		case <-w.wake:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// readRooms reads every room since a time and puts what has not come. It returns
// whether all could be read.
func (w *Watch) readRooms(ctx context.Context, since time.Time) bool {
	if since.IsZero() {
		w.wereRead(w.list(nil))
		return true // nothing was ever delivered, so nothing can be missing
	}
	rooms, err := w.cfg.Homeserver.Rooms(ctx)
	if err != nil {
		w.cfg.Log.Warn("Cannot list the rooms to look for what was not delivered", zap.Error(err))
		return false
	}
	due := w.list(rooms)
	var group errgroup.Group
	group.SetLimit(readers)
	var recovered, failed atomic.Int64
	for _, room := range rooms {
		group.Go(func() error {
			fresh, err := w.readRoom(ctx, room, since, func() { w.progressed(due) })
			recovered.Add(int64(fresh))
			if err != nil {
				w.cfg.Log.Warn("Cannot read a room for what was not delivered; all are read again later", zap.Stringer("room_id", room), zap.Error(fmt.Errorf("since %s: %w", since.Format(time.RFC3339), err)))
				failed.Add(1)
				return nil
			}
			w.read(due, room)
			return nil
		})
	}
	_ = group.Wait()
	if recovered := int(recovered.Load()); recovered > 0 {
		w.cfg.Log.Info("Read from rooms what the homeserver had not delivered", zap.Int("events", recovered))
		w.mu.Lock()
		w.state.Recovered += recovered
		w.mu.Unlock()
	}
	if failed.Load() > 0 {
		return false
	}
	w.wereRead(due)
	return true
}

// readRoom reads one room and puts what has not come.
func (w *Watch) readRoom(ctx context.Context, room id.RoomID, since time.Time, progress func()) (fresh int, err error) {
	events, err := w.cfg.Homeserver.Since(ctx, room, since.Add(-margin), progress)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	return w.cfg.Put(ctx, events)
}

// pause waits for a time, whatever happens.
func (w *Watch) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sleep waits for a time, or until something happens.
func (w *Watch) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	case <-ctx.Done():
	}
}
