package testbed

import (
	"context"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed/await"
)

// MustDisconnect sends every socket of the bridge a disconnect with this reason:
// refresh_requested, warning, link_disabled, too_many_websockets or another.
// After link_disabled Socket Mode stays off until MustEnableSocketMode.
func (s *Slack) MustDisconnect(reason string) {
	s.bed.t.Helper()
	s.bed.must(s.Control.Disconnect(s.bed.ctx, control.SocketRequest{App: bridgeApp, Reason: reason}))
}

// MustCut drops every socket of the bridge without a word.
func (s *Slack) MustCut() {
	s.bed.t.Helper()
	s.bed.must(s.Control.Cut(s.bed.ctx, control.SocketRequest{App: bridgeApp}))
}

// MustRefuse turns the bridge's next sockets away before hello: how is an HTTP
// status, close, cut or a disconnect's reason.
func (s *Slack) MustRefuse(count int, how string) {
	s.bed.t.Helper()
	s.bed.must(s.Control.RefuseSockets(s.bed.ctx, control.SocketRequest{App: bridgeApp, Count: count, How: how}))
}

// MustEnableSocketMode switches Socket Mode on again for the bridge's app.
func (s *Slack) MustEnableSocketMode() {
	s.bed.t.Helper()
	on := true
	_, err := s.Control.ChangeApp(s.bed.ctx, control.AppRequest{App: bridgeApp, SocketMode: &on})
	s.bed.must(err)
}

// MustFailCalls plans what goes wrong with calls of the Web API; a channel is
// given like a conversation.
func (s *Slack) MustFailCalls(fault web.Fault) {
	s.bed.t.Helper()
	if fault.Channel != "" {
		channel, err := s.Control.Channel(s.bed.ctx, s.conversation(fault.Channel))
		s.bed.must(err)
		fault.Channel = channel.ID
	}
	s.bed.must(s.Control.FailCalls(s.bed.ctx, fault))
}

// MustClearFaults ends every fault of MustFailCalls.
func (s *Slack) MustClearFaults() {
	s.bed.t.Helper()
	s.bed.must(s.Control.ClearFaults(s.bed.ctx))
}

// AwaitCall waits until an app has called a method for a channel's id, whatever
// came of it.
func (s *Slack) AwaitCall(method, channel string) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	s.bed.must(await.Until(ctx, "a call of "+method, func(ctx context.Context) (bool, error) {
		calls, err := s.Control.Calls(ctx, control.CallFilter{Method: method, Channel: channel})
		return len(calls) > 0, err
	}))
}
