//go:build stack

package stack_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// heal installs the evaluated host again and wants everything to work.
func (s *site) heal(t *testing.T) {
	t.Helper()
	t.Run("it heals", func(t *testing.T) {
		_, failed := s.install(t, s.make(t, record))
		require.NoError(t, failed)
		for _, unit := range []string{installer, registration, homeserver, bridge} {
			s.awaitState(t, unit, "active")
		}
		s.awaitHomeserver(t)
	})
}

// requireHomeserver wants the homeserver to answer the world.
func (s *site) requireHomeserver(t *testing.T) {
	t.Helper()
	s.await(t, "the homeserver to answer", func(ctx context.Context) (bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+server+"/_matrix/client/versions", nil)
		if err != nil {
			return false, err
		}
		resp, err := s.outside.Do(req)
		if err != nil {
			return false, err
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	})
}

// testMisspeltSetting: a key that the program does not know is not cured by a
// restart, so there is none.
func testMisspeltSetting(t *testing.T, s *site) {
	s.needTokens(t)
	pid := s.mainPID(t, homeserver)
	wrong := s.make(t, record).Record
	wrong.Services.SlackBridge.Settings["network"].(map[string]any)[misspelt] = 1
	changed, failed := s.install(t, s.makeOf(t, wrong))
	require.Equal(t, []string{bridge}, changed)
	require.Error(t, failed)
	t.Run("the bridge is down with the program's code, without a second try", func(t *testing.T) {
		require.Equal(t, map[string]string{
			"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainStatus": "78", "NRestarts": "0",
		}, s.show(t, bridge, "ActiveState", "SubState", "Result", "ExecMainStatus", "NRestarts"))
	})
	t.Run("it names the key", func(t *testing.T) { s.awaitJournal(t, bridge, "network."+misspelt) })
	t.Run("the homeserver runs on", func(t *testing.T) {
		require.Equal(t, pid, s.mainPID(t, homeserver))
		s.requireHomeserver(t)
	})
	s.heal(t)
}

// failing is a program that says that another try may help.
const failing = "#!/bin/sh\necho 'slack-bridge: not today' >&2\nexit 75\n"

// testFailingStage: a stage whose failure may be transient is retried, but not endlessly.
func testFailingStage(t *testing.T, s *site) {
	s.needTokens(t)
	pid := s.mainPID(t, homeserver)
	good := s.parts.Bridge
	s.parts.Bridge = []byte(failing)
	changed, failed := s.install(t, s.make(t, record))
	s.parts.Bridge = good
	require.Equal(t, []string{registration, bridge}, changed)
	require.Error(t, failed)
	t.Run("the registration is tried five times", func(t *testing.T) {
		begin := time.Now()
		s.await(t, "the last try", func(ctx context.Context) (bool, error) {
			return s.show(t, registration, "SubState")["SubState"] == "failed", ctx.Err()
		})
		require.Less(t, time.Since(begin), time.Minute)
		shown := s.show(t, registration, "NRestarts", "Result")
		tries, err := strconv.Atoi(shown["NRestarts"])
		require.NoError(t, err)
		require.Contains(t, []int{4, 5}, tries)
		s.awaitJournal(t, registration, "Start request repeated too quickly")
	})
	t.Run("the bridge does not start without it", func(t *testing.T) {
		require.Equal(t, "inactive", s.show(t, bridge, "ActiveState")["ActiveState"])
	})
	t.Run("the homeserver runs on", func(t *testing.T) {
		require.Equal(t, pid, s.mainPID(t, homeserver))
		s.requireHomeserver(t)
	})
	s.heal(t)
}

// hanging is a program that never ends.
const hanging = "#!/bin/sh\nexec sleep 3600\n"

// testBrokenBridge: with the bridge's program hanging and its state gone the
// homeserver starts as if there were no bridge.
func testBrokenBridge(t *testing.T, s *site) {
	s.needTokens(t)
	pid := s.mainPID(t, homeserver)
	good := s.parts.Bridge
	s.parts.Bridge = []byte(hanging)
	broken := s.make(t, record)
	s.parts.Bridge = good
	s.run(t, "systemctl", "stop", bridge, registration)
	s.run(t, "mv", state, state+".away")
	_, failed := s.install(t, broken)
	require.Error(t, failed)
	begin := time.Now()
	s.run(t, "systemctl", "restart", homeserver)
	t.Run("the homeserver starts when the bridge has had its time", func(t *testing.T) {
		require.NotEqual(t, pid, s.mainPID(t, homeserver))
		// All tries of the registration would take three minutes.
		require.Less(t, time.Since(begin), 90*time.Second)
		s.requireHomeserver(t)
	})
	t.Run("with the credential that stands in", func(t *testing.T) {
		require.Equal(t, "[global]\n", s.run(t, "cat", "/run/credentials/"+homeserver+"/slack-bridge-registration.toml"))
	})
	t.Run("its people log in", func(t *testing.T) { s.admin(t) })
	s.run(t, "systemctl", "stop", bridge, registration)
	s.run(t, "rm", "-rf", state)
	s.run(t, "mv", state+".away", state)
	s.heal(t)
	t.Run("and messages cross again", func(t *testing.T) { s.requireMessages(t) })
}

// testOldHomeserver: next to the data of an older homeserver the new one does not begin
// empty, and is as it was when they are gone.
func testOldHomeserver(t *testing.T, s *site) {
	s.needTokens(t)
	const own, older = "/var/lib/private/continuwuity", "/var/lib/matrix-continuwuity/db"
	s.run(t, "systemctl", "stop", bridge, homeserver)
	s.run(t, "mv", own, own+".away")
	s.run(t, "mkdir", "-p", older)
	s.run(t, "touch", older+"/CURRENT")
	_, err := s.machine.Run(t.Context(), "systemctl", "start", homeserver)
	require.Error(t, err)
	s.awaitJournal(t, homeserver, older+" holds an older homeserver")
	s.awaitJournal(t, homeserver, "nix run .#deploy -- adopt")
	t.Run("nor is it shown", func(t *testing.T) { require.Equal(t, http.StatusServiceUnavailable, s.status(t)) })
	t.Run("it has made nothing", func(t *testing.T) {
		s.run(t, "systemctl", "stop", homeserver)
		require.Empty(t, s.run(t, "find", own, "-mindepth", "1"))
	})
	s.run(t, "systemctl", "stop", homeserver)
	s.run(t, "rm", "-rf", own, older)
	s.run(t, "mv", own+".away", own)
	s.run(t, "systemctl", "reset-failed")
	s.run(t, "systemctl", "start", homeserver, bridge)
	s.requireHomeserver(t)
	t.Run("and the accounts are there again", func(t *testing.T) { s.admin(t) })
}

// testWrongKey: secrets that the machine cannot decrypt leave everything as it was.
func testWrongKey(t *testing.T, s *site) {
	s.needTokens(t)
	before := []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)}
	files := s.run(t, "find", "-L", "/run/secrets", "-type", "f", "-exec", "sha256sum", "{}", ";")
	own, good := s.recipient, s.parts.Secrets
	s.recipient = "age1vuxcwvdvzl2u7w6kudqvnnf45czrnhwv9aevjq9hyjjpa409jvkqhkz32q"
	s.parts.Secrets = s.encrypt(t, s.secrets)
	changed, failed := s.install(t, s.make(t, record))
	s.recipient, s.parts.Secrets = own, good
	require.Equal(t, []string{installer}, changed)
	require.Error(t, failed)
	t.Run("the installer fails once", func(t *testing.T) {
		shown := s.show(t, installer, "ActiveState", "NRestarts")
		require.Equal(t, map[string]string{"ActiveState": "failed", "NRestarts": "0"}, shown)
	})
	t.Run("the secrets of before stay", func(t *testing.T) {
		require.Equal(t, files, s.run(t, "find", "-L", "/run/secrets", "-type", "f", "-exec", "sha256sum", "{}", ";"))
	})
	t.Run("and everything runs on", func(t *testing.T) {
		require.Equal(t, before, []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)})
	})
	s.heal(t)
}
