package torture

import (
	"math/rand/v2"
	"sync"
)

// view is what people can see: the messages of each side, with the ts or event id by
// which that side names them.
type view struct {
	mu   sync.Mutex
	refs map[Side]map[string]string
	tags map[Side]map[string][]string // by place
}

func newView() *view {
	return &view{
		refs: map[Side]map[string]string{Slack: {}, Matrix: {}},
		tags: map[Side]map[string][]string{Slack: {}, Matrix: {}},
	}
}

// saw notes that a side shows a message. Only the first time counts.
func (v *view) saw(side Side, place, tag, ref string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.refs[side][tag]; known {
		return
	}
	v.refs[side][tag] = ref
	v.tags[side][place] = append(v.tags[side][place], tag)
}

// ref is the name that a side has for a message, "" if it does not show it.
func (v *view) ref(side Side, tag string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.refs[side][tag]
}

// recent is how far back people look for something to react to.
const recent = 60

// pick returns one of the newer messages that a side shows in a place, for which
// fits is true, or "".
func (v *view) pick(r *rand.Rand, side Side, place string, fits func(tag string) bool) string {
	v.mu.Lock()
	tags := v.tags[side][place]
	tags = append([]string(nil), tags[max(0, len(tags)-recent):]...)
	v.mu.Unlock()
	for _, i := range r.Perm(len(tags)) {
		if fits(tags[i]) {
			return tags[i]
		}
	}
	return ""
}
