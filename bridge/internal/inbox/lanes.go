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
	busy   *queue          // whose first row is being handled, or nil
	queues []*queue        // one for each source; seldom more than one
	parked map[topic]int64 // what parked rows are, and their ids
}

// topic is the Self of rows of one source.
type topic struct{ source, self string }

// queue holds the rows of one source in a lane that wait, in order. They are kept as
// ids: the first of them is the one being handled while the lane is busy with it.
type queue struct {
	source *source
	lane   *lane
	ids    []int64

	listed bool        // it is in the source's ready list
	rest   *time.Timer // the first row is not tried before it fires; nil if it can be
	orNext bool        // it is, when another row comes
	tries  int         // of the first row, without those that ended in [Later]
	hard   int         // those of them that ended in an error that does not pass
	said   string      // the error that was logged last
	// doubt says that a try of the first row may have had its effect, inherited that
	// an earlier process may have begun the first row. The first ends with the row,
	// the second when a handler says so.
	doubt, inherited bool
}

// source is what one handler handles.
type source struct {
	name    string
	waiting int
	runner  *runner // nil while its source does not run
	ready   []*queue
	cond    *sync.Cond // of the inbox's lock; a queue is ready, or the runner ends

	activity Activity
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

// find returns the queue of a source in a lane, or nil.
func (b *Inbox) find(sourceName, laneName string) *queue {
	if l := b.lanes[laneName]; l != nil {
		for _, q := range l.queues {
			if q.source.name == sourceName {
				return q
			}
		}
	}
	return nil
}

func (b *Inbox) queueOf(sourceName, laneName string) *queue {
	if q := b.find(sourceName, laneName); q != nil {
		return q
	}
	l := b.laneOf(laneName)
	q := &queue{source: b.sourceOf(sourceName), lane: l}
	l.queues = append(l.queues, q)
	return q
}

// park notes that a row about which others may come is parked.
func (l *lane) park(source, self string, id int64) {
	if self == "" {
		return
	}
	if l.parked == nil {
		l.parked = map[topic]int64{}
	}
	l.parked[topic{source, self}] = id
}

// unpark forgets that a row is parked.
func (l *lane) unpark(id int64) {
	for topic, parked := range l.parked {
		if parked == id {
			delete(l.parked, topic)
		}
	}
}

// isFirst says whether a row is the first of its queue.
func (q *queue) isFirst(id int64) bool { return len(q.ids) > 0 && q.ids[0] == id }

// begun says whether something is known of the first row: no other takes its place.
func (q *queue) begun() bool { return q.lane.busy == q || q.tries > 0 || q.rest != nil || q.doubt }

// index returns where a row is in its queue, or would be. Only the first one may be
// out of order.
func (q *queue) index(id int64) (at int, there bool) {
	if len(q.ids) == 0 || q.ids[0] == id {
		return 0, len(q.ids) > 0
	}
	at, there = slices.BinarySearch(q.ids[1:], id)
	if !there && id < q.ids[0] && !q.begun() {
		return 0, false
	}
	return at + 1, there
}

// list puts a queue into its source's ready list if its first row can be handled
// now.
func (b *Inbox) list(q *queue) {
	if q.listed || q.rest != nil || q.lane.busy != nil || len(q.ids) == 0 || q.source.runner == nil {
		return
	}
	q.listed = true
	q.source.ready = append(q.source.ready, q)
	q.source.cond.Signal()
}

// listAll lists whatever of a lane can go on.
func (b *Inbox) listAll(l *lane) {
	for _, q := range l.queues {
		b.list(q)
	}
}

// wait has the first row of a queue wait for a time.
func (b *Inbox) wait(q *queue, after time.Duration) {
	q.stopRest()
	var timer *time.Timer
	timer = time.AfterFunc(max(after, shortestWait), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if q.rest == timer {
			q.rest, q.orNext = nil, false
			b.list(q)
		}
	})
	q.rest = timer
}

func (q *queue) stopRest() {
	q.orNext = false
	if q.rest != nil {
		q.rest.Stop()
		q.rest = nil
	}
}

// add appends rows that were put to their queues.
func (b *Inbox) add(rows []Row) {
	for i := range rows {
		row := &rows[i]
		q := b.queueOf(row.Source, row.Lane)
		q.ids = append(q.ids, row.ID)
		q.source.waiting++
		q.source.activity.Received = b.now()
		b.cache.offer(row)
		if q.orNext {
			q.stopRest()
		}
		b.list(q)
	}
}

// insert puts rows that were parked back into their places.
func (b *Inbox) insert(heads []head) {
	for _, h := range heads {
		q := b.queueOf(h.source, h.lane)
		q.lane.unpark(h.id)
		at, there := q.index(h.id)
		if there {
			continue
		}
		q.ids = slices.Insert(q.ids, at, h.id)
		q.source.waiting++
		if at == 0 {
			q.restart()
		}
		b.list(q)
	}
}

// adopt compares what is in the database with what is in memory, and takes up what was
// committed without an answer. Rows that are handled are not: their marks may be in the
// commit that is being made.
func (b *Inbox) adopt(heads []head, handled func(id int64) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range heads {
		q := b.find(h.source, h.lane)
		switch {
		case h.parked:
			l := b.laneOf(h.lane)
			l.park(h.source, h.self, h.with)
			if q != nil && !(l.busy == q && q.isFirst(h.id)) {
				b.remove(q, h.id)
			}
			b.sweep(l)
		case !handled(h.id):
			b.insert([]head{h})
		}
	}
}

// remove takes a row out of its queue.
func (b *Inbox) remove(q *queue, id int64) {
	delete(b.again, id)
	at, there := q.index(id)
	if !there {
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
	b.list(q)
}

// restart forgets the tries of the row that was first.
func (q *queue) restart() {
	q.stopRest()
	q.tries, q.hard, q.said, q.doubt = 0, 0, "", false
}

// release ends the handling of a lane's row and lists what can go on.
func (b *Inbox) release(l *lane) {
	l.busy = nil
	b.sweep(l)
	b.listAll(l)
}

// sweep forgets what is empty of a lane that is not busy.
func (b *Inbox) sweep(l *lane) {
	if l.busy != nil {
		return
	}
	l.queues = slices.DeleteFunc(l.queues, func(q *queue) bool { return len(q.ids) == 0 && !q.listed })
	if len(l.queues) == 0 && len(l.parked) == 0 {
		delete(b.lanes, l.name)
	}
}
