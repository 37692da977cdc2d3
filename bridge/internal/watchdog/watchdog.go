// Package watchdog sees whether the loops of the process go on, and tells the service
// manager so for as long as they do (WatchdogSec, sd_notify(3)).
//
// It follows the process alone. Whether Slack, the homeserver or the database answer is not
// its concern: a restart mends none of them. It must not ask anything outside of the process.
package watchdog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Loop is a part of the process that must go on.
type Loop struct {
	// Name is how it is called, as in "the inbox".
	Name string
	// Turn returns when the loop has taken its turn, which takes no time unless it stands
	// still. It asks nothing outside of the process.
	Turn func()
}

const (
	// every is how often each loop is asked for a turn.
	every = 5 * time.Second
	// patience is how long a turn may take: a machine that swaps is slow and goes on.
	patience = 30 * time.Second
)

// Watchdog asks loops for their turns.
type Watchdog struct {
	loops []Loop
	// alive tells the service manager.
	alive func()
	log   *zap.Logger

	mu    sync.Mutex
	asked map[string]time.Time // since when a loop owes its turn
	said  string
}

// New returns a watchdog that does nothing before Run.
func New(loops []Loop, alive func(), log *zap.Logger) *Watchdog {
	return &Watchdog{loops: loops, alive: alive, log: log, asked: map[string]time.Time{}}
}

// Run asks the loops for their turns until ctx ends. A loop that stands still keeps a
// goroutine of Run's until it goes on.
func (w *Watchdog) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		for _, loop := range w.loops {
			w.ask(loop)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		w.judge()
	}
}

// ask asks a loop for a turn, unless it owes one.
func (w *Watchdog) ask(loop Loop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, owes := w.asked[loop.Name]; owes {
		return
	}
	w.asked[loop.Name] = time.Now()
	go func() {
		loop.Turn()
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.asked, loop.Name)
	}()
}

// judge tells the service manager that the process goes on, and else says in the log what
// does not.
func (w *Watchdog) judge() {
	err := w.Stuck()
	if err == nil {
		w.alive()
	}
	why := ""
	if err != nil {
		why = err.Error()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if why != w.said && why != "" {
		w.log.Error("A part of the bridge stands still; the service manager starts it anew if it has a WatchdogSec. Please report this with the stack of `kill -QUIT`", zap.Error(err))
	} else if why != w.said {
		w.log.Info("All parts of the bridge go on again")
	}
	w.said = why
}

// Stuck returns which loops stand still, nil if none does.
func (w *Watchdog) Stuck() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var stuck []string
	for name, since := range w.asked {
		if time.Since(since) > patience {
			stuck = append(stuck, name)
		}
	}
	if len(stuck) == 0 {
		return nil
	}
	slices.Sort(stuck)
	return fmt.Errorf("no turn for more than %s: %s", patience, strings.Join(stuck, ", "))
}
