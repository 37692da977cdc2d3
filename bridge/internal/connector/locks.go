package connector

import "sync"

// locks are one lock for each key, which exists as long as it is held or waited for.
type locks[K comparable] struct {
	mu   sync.Mutex
	held map[K]*keyLock
}

type keyLock struct {
	sync.Mutex
	users int // how many hold it or wait for it
}

func newLocks[K comparable]() *locks[K] { return &locks[K]{held: map[K]*keyLock{}} }

// lock locks a key and returns what unlocks it.
func (l *locks[K]) lock(key K) (unlock func()) {
	l.mu.Lock()
	held := l.held[key]
	if held == nil {
		held = &keyLock{}
		l.held[key] = held
	}
	held.users++
	l.mu.Unlock()
	held.Lock()
	return func() {
		held.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if held.users--; held.users == 0 {
			delete(l.held, key)
		}
	}
}
