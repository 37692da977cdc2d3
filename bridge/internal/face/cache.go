package face

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// cacheBytes bounds what is kept in memory, at some kilobytes a picture.
	cacheBytes = 8 << 20
	// entryBytes is what an entry counts besides its picture.
	entryBytes = 512
	// noneFor is how long it is believed that there is no such picture.
	noneFor = 10 * time.Minute
)

// cache keeps the pictures that were asked for last, and has each fetched by one request
// at a time.
type cache struct {
	now func() time.Time

	mu sync.Mutex
	// places are the entries' places in recent, by picture; the one used last is in front.
	places map[id.ContentURI]*list.Element
	recent *list.List
	bytes  int
}

// entry is a picture that was fetched or is being fetched.
type entry struct {
	of id.ContentURI
	// fetched is closed when the rest is known.
	fetched chan struct{}
	picture *picture
	err     error
	// until is when the entry ends; the zero time is never.
	until time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, places: map[id.ContentURI]*list.Element{}, recent: list.New()}
}

// get returns a picture, and has it fetched if it is not here. Of requests that come for a
// picture meanwhile each waits for the first.
func (c *cache) get(ctx context.Context, of id.ContentURI, fetch func(context.Context) (*picture, error)) (*picture, error) {
	for {
		e, first := c.enter(of)
		if first {
			return c.fill(ctx, e, fetch)
		}
		select {
		case <-e.fetched:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if errors.Is(e.err, context.Canceled) && ctx.Err() == nil {
			continue // it was the other who did not wait
		}
		return e.picture, e.err
	}
}

// errBroken is what an entry holds whose fetching did not return.
var errBroken = errors.New("the picture could not be fetched")

// fill fetches the picture of an entry.
func (c *cache) fill(ctx context.Context, e *entry, fetch func(context.Context) (*picture, error)) (*picture, error) {
	e.err = errBroken
	defer c.settle(e)
	e.picture, e.err = fetch(ctx)
	return e.picture, e.err
}

// enter returns the entry of a picture; first says that the caller has to fetch it.
func (c *cache) enter(of id.ContentURI) (e *entry, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, known := c.places[of]; known {
		e = place.Value.(*entry)
		if e.until.IsZero() || c.now().Before(e.until) {
			c.recent.MoveToFront(place)
			return e, false
		}
		c.drop(place)
	}
	e = &entry{of: of, fetched: make(chan struct{})}
	c.places[of] = c.recent.PushFront(e)
	c.bytes += entryBytes
	return e, true
}

// settle ends the fetching of an entry. What failed is asked for again next time.
func (c *cache) settle(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(e.fetched)
	place, here := c.places[e.of]
	if !here || place.Value != e {
		return // there was no room for it
	}
	switch {
	case errors.Is(e.err, ErrNone):
		e.until = c.now().Add(noneFor)
	case e.err != nil:
		c.drop(place)
	default:
		c.bytes += len(e.picture.bytes)
	}
	for c.bytes > cacheBytes {
		c.drop(c.recent.Back())
	}
}

// drop removes an entry. One that is being fetched has no picture yet.
func (c *cache) drop(place *list.Element) {
	e := c.recent.Remove(place).(*entry)
	delete(c.places, e.of)
	c.bytes -= entryBytes
	if e.picture != nil {
		c.bytes -= len(e.picture.bytes)
	}
}
