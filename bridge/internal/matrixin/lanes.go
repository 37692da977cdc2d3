package matrixin

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"maunium.net/go/mautrix/id"
)

// laneKind keeps what must not wait for each other apart.
type laneKind uint8

const (
	// events are timeline and state events of a room, or of none.
	events laneKind = iota
	// ephemerals are typing, receipts and presence. They do not wait behind a
	// message that is being repeated.
	ephemerals
	// cryptos are to-device events, key counts and device lists.
	cryptos
)

// laneKey names a lane.
type laneKey struct {
	kind laneKind
	room id.RoomID
}

// maxEphemeral bounds what waits in an ephemeral lane. Typing and receipts are
// worth nothing when they are old, so the oldest give way.
const maxEphemeral = 100

// task is one thing to do in a lane.
type task struct {
	// run does it. False means that it was not finished because ctx ended.
	run func(ctx context.Context) bool
	// event is set for what must not be lost.
	event *taken
}

// lane is one order domain: its tasks run one after the other.
type lane struct {
	current *task
	waiting []*task
}

// lanes runs tasks: those of one lane in order, those of different lanes
// independently. A lane's worker lives while the lane has something to do.
type lanes struct {
	ctx     context.Context
	workers sync.WaitGroup
	// panicked is told what a task panicked with; the task counts as done.
	panicked func(value any)

	mu      sync.Mutex
	byKey   map[laneKey]*lane
	dropped int
	// held counts the events that are not done.
	held int
	// idle is closed by the worker that ends last; it is made by whenIdle.
	idle chan struct{}
}

func newLanes(ctx context.Context, panicked func(any)) *lanes {
	return &lanes{ctx: ctx, panicked: panicked, byKey: make(map[laneKey]*lane)}
}

// add queues a task and starts the lane's worker if it has none.
func (l *lanes) add(key laneKey, t *task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.event != nil {
		l.held++
	}
	if found := l.byKey[key]; found != nil {
		found.waiting = append(found.waiting, t)
		if key.kind == ephemerals && len(found.waiting) > maxEphemeral {
			found.waiting = found.waiting[1:]
			l.dropped++
		}
		return
	}
	created := &lane{waiting: []*task{t}}
	l.byKey[key] = created
	l.workers.Go(func() { l.work(key, created) })
}

func (l *lanes) work(key laneKey, own *lane) {
	for {
		t := l.next(key, own)
		if t == nil || !l.run(t) {
			return
		}
	}
}

func (l *lanes) run(t *task) (done bool) {
	defer func() {
		if value := recover(); value != nil {
			l.panicked(value)
			done = true
		}
	}()
	return t.run(l.ctx)
}

// next returns the lane's next task. Without one the lane is gone, and the
// next add makes a new one.
func (l *lanes) next(key laneKey, own *lane) *task {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own.current != nil && own.current.event != nil {
		l.held--
	}
	own.current = nil
	if len(own.waiting) == 0 {
		delete(l.byKey, key)
		if len(l.byKey) == 0 && l.idle != nil {
			close(l.idle)
			l.idle = nil
		}
		return nil
	}
	own.current = own.waiting[0]
	own.waiting[0] = nil // let the collector have it when it is done
	own.waiting = own.waiting[1:]
	return own.current
}

// taken returns how many events are not done.
func (l *lanes) taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// whenIdle returns a channel that is closed when no lane has anything to do.
// It is meant for one caller, after the last add.
func (l *lanes) whenIdle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	ch := make(chan struct{})
	if len(l.byKey) == 0 {
		close(ch)
	} else {
		l.idle = ch
	}
	return ch
}

// dropEphemerals empties the ephemeral lanes.
func (l *lanes) dropEphemerals() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, lane := range l.byKey {
		if key.kind == ephemerals {
			l.dropped += len(lane.waiting)
			lane.waiting = nil
		}
	}
}

// unfinished returns the events that were taken and are not done, by room and
// in order within each.
func (l *lanes) unfinished() []*taken {
	l.mu.Lock()
	defer l.mu.Unlock()
	var left []*taken
	for _, lane := range l.byKey {
		if lane.current != nil && lane.current.event != nil {
			left = append(left, lane.current.event)
		}
		for _, t := range lane.waiting {
			if t.event != nil {
				left = append(left, t.event)
			}
		}
	}
	slices.SortStableFunc(left, func(a, b *taken) int { return cmp.Compare(a.evt.RoomID, b.evt.RoomID) })
	return left
}
