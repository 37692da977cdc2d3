package connector

import (
	"container/list"
	"sync"
)

// recent remembers what was used last by a key, limit of it at most.
type recent[V any] struct {
	limit int

	mu    sync.Mutex
	order list.List // of recentEntry[V], the one used last in front
	byKey map[string]*list.Element
}

type recentEntry[V any] struct {
	key   string
	value V
}

func newRecent[V any](limit int) *recent[V] {
	return &recent[V]{limit: limit, byKey: map[string]*list.Element{}}
}

func (r *recent[V]) get(key string) (value V, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	element, known := r.byKey[key]
	if !known {
		return value, false
	}
	r.order.MoveToFront(element)
	return element.Value.(recentEntry[V]).value, true
}

func (r *recent[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, known := r.byKey[key]; known {
		element.Value = recentEntry[V]{key, value}
		r.order.MoveToFront(element)
		return
	}
	r.byKey[key] = r.order.PushFront(recentEntry[V]{key, value})
	if r.order.Len() > r.limit {
		r.forget(r.order.Back())
	}
}

func (r *recent[V]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, known := r.byKey[key]; known {
		r.forget(element)
	}
}

// forget needs the lock.
func (r *recent[V]) forget(element *list.Element) {
	r.order.Remove(element)
	delete(r.byKey, element.Value.(recentEntry[V]).key)
}
