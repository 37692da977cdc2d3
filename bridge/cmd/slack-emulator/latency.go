package main

import (
	"fmt"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/emulator/web"
)

// latency is the value of --answer-delay: two durations with a dash between, or
// one for a delay that is always the same.
type latency web.Latency

// String implements flag.Value.
func (l *latency) String() string {
	if *l == (latency{}) {
		return ""
	}
	return fmt.Sprintf("%dms-%dms", l.MinMS, l.MaxMS)
}

// Set implements flag.Value.
func (l *latency) Set(text string) error {
	from, to, found := strings.Cut(text, "-")
	if !found {
		to = from
	}
	least, err := time.ParseDuration(from)
	if err != nil {
		return fmt.Errorf("use a span such as 200ms-500ms")
	}
	most, err := time.ParseDuration(to)
	if err != nil || most < least {
		return fmt.Errorf("use a span such as 200ms-500ms")
	}
	*l = latency{MinMS: int(least.Milliseconds()), MaxMS: int(most.Milliseconds())}
	return nil
}
