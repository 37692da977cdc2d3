package torture

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// log writes a line with the time since the beginning for everything that is done.
type log struct {
	mu    sync.Mutex
	out   io.Writer
	begin time.Time
}

func newLog(out io.Writer) *log {
	if out == nil {
		out = io.Discard
	}
	return &log{out: out, begin: time.Now()}
}

func (l *log) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintf(l.out, "%8.3f "+format+"\n", append([]any{time.Since(l.begin).Seconds()}, args...)...)
}
