//go:build stack

package stack_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/host"
)

// install switches the machine to another host as switch-to-configuration does:
// what has changed is stopped, then /etc is made anew, then it is started. It
// returns the units that were restarted, and what systemd said if one of them did
// not start.
func (s *site) install(t *testing.T, next *host.Host) (changed []string, failed error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	changed = next.Changed(s.host)
	if len(changed) > 0 {
		s.run(t, append([]string{"systemctl", "stop"}, changed...)...)
	}
	require.NoError(t, next.Files.Write(s.machine.Path("/")))
	s.host = next
	s.run(t, "systemctl", "reset-failed")
	s.run(t, "systemctl", "daemon-reload")
	_, err := s.machine.Run(ctx, "systemctl", "restart", "sysinit-reactivation.target")
	if len(changed) > 0 {
		_, failed = s.machine.Run(ctx, append([]string{"systemctl", "start"}, changed...)...)
	}
	if failed == nil {
		failed = err
	}
	return changed, failed
}

// setSecrets puts other values into the secrets file and switches.
func (s *site) setSecrets(t *testing.T, values map[string]string) []string {
	t.Helper()
	maps.Copy(s.secrets, values)
	s.parts.Secrets = s.encrypt(t, s.secrets)
	changed, failed := s.install(t, s.make(t, record))
	require.NoError(t, failed)
	return changed
}

// slackTokens are the secrets of Slack's that are valid now.
func (s *site) slackTokens(t *testing.T) map[string]string {
	t.Helper()
	tokens, err := s.slack.Tokens()
	require.NoError(t, err)
	return map[string]string{"slack-bot-token": tokens.Bot, "slack-app-token": tokens.App}
}

// needTokens makes sure that the machine has Slack's tokens and the host as it was
// evaluated, and the bridge is connected.
func (s *site) needTokens(t *testing.T) {
	t.Helper()
	tokens := s.slackTokens(t)
	plain := s.make(t, record)
	if s.secrets["slack-bot-token"] == tokens["slack-bot-token"] && len(plain.Changed(s.host)) == 0 {
		return
	}
	s.setSecrets(t, tokens)
	s.awaitState(t, bridge, "active")
}

// testTokensCome brings the tokens to a machine that has come up without them.
func testTokensCome(t *testing.T, s *site) {
	s.requireRotation(t)
	t.Run("the bridge is connected to Slack", func(t *testing.T) {
		s.awaitJournal(t, bridge, "Connected to Slack by Socket Mode")
	})
}

func testRotatedToken(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, s.slack.ReplaceToken(ctx, "bot"))
	s.requireRotation(t)
	t.Run("messages cross with it", func(t *testing.T) { s.requireMessages(t) })
}

// requireRotation puts the tokens that are valid now into the secrets file. That
// restarts the bridge, and the homeserver not.
func (s *site) requireRotation(t *testing.T) {
	t.Helper()
	before := map[string]string{bridge: s.mainPID(t, bridge), homeserver: s.mainPID(t, homeserver)}
	entered := s.monotonic(t, registration, "ActiveEnterTimestampMonotonic")
	changed := s.setSecrets(t, s.slackTokens(t))
	t.Run("the switch itself restarts the installer alone", func(t *testing.T) {
		require.Equal(t, []string{installer}, changed)
	})
	t.Run("the bridge is restarted and has the new token", func(t *testing.T) {
		s.awaitState(t, bridge, "active")
		require.NotEqual(t, before[bridge], s.mainPID(t, bridge))
		credential := s.run(t, "cat", "/run/credentials/"+bridge+"/slack-bot-token")
		require.True(t, credential == s.secrets["slack-bot-token"], "the credential is not the new token")
	})
	t.Run("the homeserver and the registration are not", func(t *testing.T) {
		require.Equal(t, before[homeserver], s.mainPID(t, homeserver))
		require.Equal(t, entered, s.monotonic(t, registration, "ActiveEnterTimestampMonotonic"))
	})
}

func testUnchangedSwitch(t *testing.T, s *site) {
	s.needTokens(t)
	before := []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)}
	changed, failed := s.install(t, s.make(t, record))
	require.NoError(t, failed)
	require.Empty(t, changed)
	require.Equal(t, before, []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)})
}

func testChangedRegistration(t *testing.T, s *site) {
	s.needTokens(t)
	before := []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)}
	changed, failed := s.install(t, s.make(t, renamed))
	require.NoError(t, failed)
	t.Run("registration, homeserver and bridge are restarted, the secrets' installer not", func(t *testing.T) {
		require.Equal(t, slices.Sorted(slices.Values([]string{registration, homeserver, bridge})), changed)
	})
	t.Run("in that order", func(t *testing.T) {
		require.NotEqual(t, before[0], s.mainPID(t, bridge))
		require.NotEqual(t, before[1], s.mainPID(t, homeserver))
		s.requireOrder(t)
	})
	t.Run("the homeserver has the new registration", func(t *testing.T) {
		written := s.run(t, "cat", "/var/lib/slack-bridge/slack-bridge-registration.toml")
		require.Contains(t, written, "renamedbot")
		taken := s.run(t, "cat", "/run/credentials/"+homeserver+"/slack-bridge-registration.toml")
		require.True(t, written == taken, "the homeserver has the credential of before")
		require.Equal(t, "@renamedbot:"+server, s.whoami(t))
	})
	t.Run("messages cross", func(t *testing.T) { s.requireMessages(t) })
	t.Run("and back", func(t *testing.T) {
		_, failed := s.install(t, s.make(t, record))
		require.NoError(t, failed)
		require.Equal(t, "@slackbot:"+server, s.whoami(t))
		s.requireMessages(t)
	})
}
