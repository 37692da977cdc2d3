package matrixin

// How much is remembered of what was taken. A homeserver repeats only what it
// got no answer for, so the last transaction would do; the rest is for
// homeservers that put unanswered events into a new transaction together with
// others.
const (
	rememberedTxns   = 1024
	rememberedEvents = 16384
)

// recent is a set of the last n strings that were added. It is not safe for
// concurrent use.
type recent struct {
	ring []string
	next int
	set  map[string]struct{}
}

func newRecent(n int) *recent {
	return &recent{ring: make([]string, n), set: make(map[string]struct{})}
}

func (r *recent) has(value string) bool {
	_, ok := r.set[value]
	return ok
}

func (r *recent) add(value string) {
	if value == "" || r.has(value) {
		return
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next] = value
	r.set[value] = struct{}{}
	r.next = (r.next + 1) % len(r.ring)
}
