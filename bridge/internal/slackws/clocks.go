package slackws

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// How often the clocks are looked at, and by how much they may be off, before
// Config.Scale; and the floors below which scaling does not go, since a busy machine is
// late now and then.
const (
	lookEvery = 5 * time.Second
	lookFloor = 500 * time.Millisecond
	lateAfter = 10 * time.Second
	lateFloor = 2 * time.Second
)

// watchClocks looks for times in which the process or the machine was stopped: a look
// that is late tells of a stopped process, a wall clock that ran ahead of the uptime of
// a machine that was suspended. Slack gives up on a peer that does not answer, and what
// a socket has kept from before says nothing about what came after.
func (s *Session) watchClocks(ctx context.Context) {
	every, late := max(s.scaled(lookEvery), lookFloor), max(s.scaled(lateAfter), lateFloor)
	wall, uptime := s.wall(), s.uptime()
	for sleep(ctx, every) {
		nowWall, nowUptime := s.wall(), s.uptime()
		passed := nowUptime - uptime
		jump := nowWall.Sub(wall) - passed
		if passed > every+late || jump > late || jump < -late {
			// A clock that was set back makes the time of the last look wrong.
			since := wall
			if before := nowWall.Add(-passed); before.Before(since) {
				since = before
			}
			s.log.Warn("The process or the machine stood still, or the clock was set; events may have been missed",
				zap.Duration("passed", passed), zap.Duration("clock_jump", jump))
			s.missed(since)
		}
		wall, uptime = nowWall, nowUptime
	}
}
