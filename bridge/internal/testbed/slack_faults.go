package testbed

import (
	"context"
	"crypto/rand"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
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

// MustClose closes every socket of the bridge with a close frame of this code.
func (s *Slack) MustClose(code uint16) {
	s.bed.t.Helper()
	s.bed.must(s.Control.CloseSockets(s.bed.ctx, control.SocketRequest{App: bridgeApp, Code: code}))
}

// MustSilence makes every socket of the bridge silent, though it stays open.
func (s *Slack) MustSilence() {
	s.bed.t.Helper()
	s.bed.must(s.Control.HalfOpen(s.bed.ctx, control.SocketRequest{App: bridgeApp}))
}

// MustBreakFrame sends the bridge a frame of an unexpected kind: json,
// binary or frame.
func (s *Slack) MustBreakFrame(kind string) {
	s.bed.t.Helper()
	s.bed.must(s.Control.BreakFrame(s.bed.ctx, control.SocketRequest{App: bridgeApp, Kind: kind}))
}

// MustPass lets emulated time pass: what Slack would do meanwhile, such as giving up on
// events that were not acknowledged, happens at once.
func (s *Slack) MustPass(d time.Duration) {
	s.bed.t.Helper()
	s.bed.must(s.Control.Clock(s.bed.ctx, control.ClockRequest{StepMS: d.Milliseconds()}))
}

// MustDisturb plans what happens to the bridge's next envelopes.
func (s *Slack) MustDisturb(chaos socket.Chaos) {
	s.bed.t.Helper()
	s.bed.must(s.Control.Chaos(s.bed.ctx, bridgeApp, chaos))
}

// MustRevoke takes the bridge's tokens of a kind back.
func (s *Slack) MustRevoke(kind workspace.TokenKind) {
	s.bed.t.Helper()
	s.bed.must(s.Control.RevokeTokens(s.bed.ctx, control.TokenRequest{App: bridgeApp, Kind: kind}))
}

// MustReplace revokes the bridge's tokens of a kind and returns the new one.
func (s *Slack) MustReplace(kind workspace.TokenKind) (token string) {
	s.bed.t.Helper()
	token = s.newToken(kind)
	s.bed.must(s.Control.ReplaceTokens(s.bed.ctx, control.TokenRequest{App: bridgeApp, Kind: kind, Value: token}))
	return token
}

// MustUninstall takes the bridge's app out of the workspace.
func (s *Slack) MustUninstall() {
	s.bed.t.Helper()
	s.bed.must(s.Control.Uninstall(s.bed.ctx, bridgeApp))
}

// MustReinstall installs the bridge's app again and returns its new bot token.
func (s *Slack) MustReinstall() (token string) {
	s.bed.t.Helper()
	token = s.newToken(workspace.BotToken)
	s.bed.must(s.Control.Reinstall(s.bed.ctx, control.TokenRequest{App: bridgeApp, Value: token}))
	return token
}

// newToken makes up a token of a kind and notes it as a secret.
func (s *Slack) newToken(kind workspace.TokenKind) string {
	token := map[workspace.TokenKind]string{
		workspace.BotToken: "xoxb-" + "11-22-", workspace.AppToken: "xapp-" + "1-" + bridgeApp + "-33-",
	}[kind] + rand.Text()
	s.bed.secrets = append(s.bed.secrets, token)
	return token
}

// MustRefuse refuses the bridge's next sockets before hello: how is an HTTP status,
// close, cut or a disconnect's reason.
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

// AwaitCall waits until an app has called a method for a channel's id, whatever the
// outcome.
func (s *Slack) AwaitCall(method, channel string) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	s.bed.must(await.Until(ctx, "a call of "+method, func(ctx context.Context) (bool, error) {
		calls, err := s.Control.Calls(ctx, control.CallFilter{Method: method, Channel: channel})
		return len(calls) > 0, err
	}))
}

// MustRemoveScopes takes scopes away from the bridge's app.
func (s *Slack) MustRemoveScopes(scopes ...string) {
	s.bed.t.Helper()
	_, err := s.Control.ChangeApp(s.bed.ctx, control.AppRequest{App: bridgeApp, RemoveScopes: scopes})
	s.bed.must(err)
}

// MustRemoveEvents takes event subscriptions away from the bridge's app.
func (s *Slack) MustRemoveEvents(events ...string) {
	s.bed.t.Helper()
	_, err := s.Control.ChangeApp(s.bed.ctx, control.AppRequest{App: bridgeApp, RemoveEvents: events})
	s.bed.must(err)
}
