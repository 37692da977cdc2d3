package slackws

import "time"

// SetClocks replaces the clocks by which a session sees that time went by without it.
func (s *Session) SetClocks(wall func() time.Time, uptime func() time.Duration) {
	s.wall, s.uptime = wall, uptime
}
