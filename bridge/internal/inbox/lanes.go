package inbox

import (
	"slices"
	"sync"
	"time"
)

// lane is an order domain: one of its rows is handled at any time, whichever source
// it is of.
type lane struct {
	name   string
	busy   bool
	queues []*queue         // one for each source; seldom more than one
	parked map[string]int64 // the Self of parked rows, and their ids
}

// queue holds the rows of one source in a lane that wait, in order. They are kept as
// ids: the first of them is the one being handled while the lane is busy with it.
type queue struct {
	source *source
	lane   *lane
	ids    []int64

	listed bool      // it is in the source's ready list
	due    time.Time // the first row is not handled before
	tries  int       // of the first row, without those that ended in [Later]
	hard   int       // those of them that ended in an error that does not pass
	said   string    // the error that was logged last
	// doubt says that a try of the first row may have had its effect, inherited that
	// an earlier process may have begun the first row. The first ends with the row,
	// the second when a handler says so.
	doubt, inherited bool
}

// source is what one handler handles.
type source struct {
	name    string
	waiting int
	runner  *runner // nil while nobody runs it
	ready   []*queue
	cond    *sync.Cond // of the inbox's lock; a queue is ready, or the runner ends
}

// The functions below need the inbox's lock.

func (b *Inbox) laneOf(name string) *lane {
	l := b.lanes[name]
	if l == nil {
		l = &lane{name: name}
		b.lanes[name] = l
	}
	return l
}

func (b *Inbox) sourceOf(name string) *source {
	s := b.sources[name]
	if s == nil {
		s = &source{name: name, cond: sync.NewCond(&b.mu)}
		b.sources[name] = s
	}
	return s
}

func (b *Inbox) queueOf(sourceName, laneName string) *queue {
	l := b.laneOf(laneName)
	for _, q := range l.queues {
		if q.source.name == sourceName {
			return q
		}
	}
	q := &queue{source: b.sourceOf(sourceName), lane: l}
	l.queues = append(l.queues, q)
	return q
}

// park notes that a row about which others may come is parked.
func (l *lane) park(self string, id int64) {
	if self == "" {
		return
	}
	if l.parked == nil {
		l.parked = map[string]int64{}
	}
	l.parked[self] = id
}

// unpark forgets that a row is parked.
func (l *lane) unpark(id int64) {
	for self, parked := range l.parked {
		if parked == id {
			delete(l.parked, self)
		}
	}
}

// list puts a queue into its source's ready list if its first row can be handled
// now.
func (b *Inbox) list(q *queue) {
	if q.listed || q.lane.busy || len(q.ids) == 0 || q.source.runner == nil || b.now().Before(q.due) {
		return
	}
	q.listed = true
	q.source.ready = append(q.source.ready, q)
	q.source.cond.Signal()
}

// add appends rows that were put to their queues.
func (b *Inbox) add(rows []Row) {
	for i := range rows {
		row := &rows[i]
		q := b.queueOf(row.Source, row.Lane)
		q.ids = append(q.ids, row.ID)
		q.source.waiting++
		b.cache.offer(row)
		b.list(q)
	}
}

// insert puts rows that were parked back into their places.
func (b *Inbox) insert(heads []head) {
	for _, h := range heads {
		q := b.queueOf(h.source, h.lane)
		q.lane.unpark(h.id)
		at, there := slices.BinarySearch(q.ids, h.id)
		if there {
			continue
		}
		if at == 0 && q.lane.busy && len(q.ids) > 0 {
			at = 1 // the first one is being handled
		}
		q.ids = slices.Insert(q.ids, at, h.id)
		q.source.waiting++
		q.inherited = true
		if at == 0 {
			q.restart()
		}
		b.list(q)
	}
}

// remove takes a row out of its queue.
func (b *Inbox) remove(q *queue, id int64) {
	at := slices.Index(q.ids, id)
	if at < 0 {
		return
	}
	if at == 0 {
		q.ids = q.ids[1:]
		q.restart()
	} else {
		q.ids = slices.Delete(q.ids, at, at+1)
	}
	q.source.waiting--
	b.cache.drop(id)
}

// restart forgets the tries of the row that was first.
func (q *queue) restart() {
	q.due, q.tries, q.hard, q.said, q.doubt = time.Time{}, 0, 0, "", false
}

// release ends the handling of a lane's row and lists what can go on.
func (b *Inbox) release(l *lane) {
	l.busy = false
	b.sweep(l)
	for _, q := range l.queues {
		b.list(q)
	}
}

// sweep forgets what is empty of a lane that is not busy.
func (b *Inbox) sweep(l *lane) {
	if l.busy {
		return
	}
	l.queues = slices.DeleteFunc(l.queues, func(q *queue) bool { return len(q.ids) == 0 && !q.listed })
	if len(l.queues) == 0 && len(l.parked) == 0 {
		delete(b.lanes, l.name)
	}
}
