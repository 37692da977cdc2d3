package connector

import (
	"container/list"
	"sync"
)

// lru remembers the most recently used values by key, at most limit of them.
type lru[V any] struct {
	limit int

	mu    sync.Mutex
	order list.List // of recentEntry[V], the most recently used in front
	byKey map[string]*list.Element
}

type lruEntry[V any] struct {
	key   string
	value V
}

func newLRU[V any](limit int) *lru[V] {
	return &lru[V]{limit: limit, byKey: map[string]*list.Element{}}
}

func (r *lru[V]) get(key string) (value V, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	element, known := r.byKey[key]
	if !known {
		return value, false
	}
	r.order.MoveToFront(element)
	return element.Value.(lruEntry[V]).value, true
}

func (r *lru[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, known := r.byKey[key]; known {
		element.Value = lruEntry[V]{key, value}
		r.order.MoveToFront(element)
		return
	}
	r.byKey[key] = r.order.PushFront(lruEntry[V]{key, value})
	if r.order.Len() > r.limit {
		r.forget(r.order.Back())
	}
}

func (r *lru[V]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, known := r.byKey[key]; known {
		r.forget(element)
	}
}

// dropIf forgets the values whose keys meet a condition.
func (r *lru[V]) dropIf(is func(key string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, element := range r.byKey {
		if is(key) {
			r.forget(element)
		}
	}
}

// forget needs the lock.
func (r *lru[V]) forget(element *list.Element) {
	r.order.Remove(element)
	delete(r.byKey, element.Value.(lruEntry[V]).key)
}

// clear forgets everything.
func (r *lru[V]) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order.Init()
	clear(r.byKey)
}
