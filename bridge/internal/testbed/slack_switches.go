package testbed

import "ops-jrz1/bridge/internal/emulator/control"

// MustShowSharesAs says how Slack shows an app's upload that has a name of its own: one of
// the Share constants of the emulator's workspace.
func (s *Slack) MustShowSharesAs(how string) {
	s.bed.t.Helper()
	s.mustSwitch(func(switches *control.Switches) { switches.Quirks.Shares = how })
}

// MustLimitFiles says how large a file may be that is uploaded; 0 is Slack's own limit.
func (s *Slack) MustLimitFiles(bytes int) {
	s.bed.t.Helper()
	s.mustSwitch(func(switches *control.Switches) { switches.Web.MaxFileBytes = bytes })
}

func (s *Slack) mustSwitch(change func(*control.Switches)) {
	s.bed.t.Helper()
	switches, err := s.Control.Switches(s.bed.ctx)
	s.bed.must(err)
	change(&switches)
	s.bed.must(s.Control.SetSwitches(s.bed.ctx, switches))
}
