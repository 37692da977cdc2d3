//go:build stack

package stack_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/tests/stack/matrix"
)

// The conversation that is used, and who speaks in it: both of the emulator's own
// seed.
const (
	channel = "general"
	speaker = "bob"
)

// admin logs the administrator in, from the world.
func (s *site) admin(t *testing.T) *matrix.Person {
	t.Helper()
	s.requireHomeserver(t)
	person, err := s.logIn(t, "admin", s.adminPassword(t))
	require.NoError(t, err)
	return person
}

// logIn logs a person in, from the world.
func (s *site) logIn(t *testing.T, name, password string) (*matrix.Person, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	person, err := matrix.Login(ctx, s.outside, server, name, password)
	if err == nil {
		s.used = append(s.used, person.Token())
	}
	return person, err
}

func testMessages(t *testing.T, s *site) {
	s.needTokens(t)
	s.requireMessages(t)
}

// requireMessages sends a message each way. The person in Matrix comes through
// nginx, by name and over TLS; the bridge calls slack.com.
func (s *site) requireMessages(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	admin := s.admin(t)
	s.awaitHomeserver(t)
	s.requireMessagesIn(ctx, t, admin, s.general(ctx, t, admin))
}

// requireMessagesIn sends a message each way through a room that a person is in.
func (s *site) requireMessagesIn(ctx context.Context, t *testing.T, admin *matrix.Person, room id.RoomID) {
	t.Helper()
	fromSlack, fromMatrix := "From Slack "+rand.Text(), "From Matrix "+rand.Text()
	t.Run("from Slack", func(t *testing.T) {
		require.NoError(t, s.slack.Say(ctx, speaker, channel, fromSlack))
		sender, err := admin.AwaitText(ctx, room, fromSlack)
		require.NoError(t, err)
		require.Regexp(t, `^@slack_[^:]+:clarun\.xyz$`, sender)
	})
	t.Run("from Matrix", func(t *testing.T) {
		require.NoError(t, admin.Send(ctx, room, fromMatrix))
		s.await(t, "the message in Slack", func(ctx context.Context) (bool, error) {
			messages, err := s.slack.Messages(ctx, channel)
			for _, m := range messages {
				if m.Text == fromMatrix {
					require.Equal(t, "admin", m.Username)
					return true, nil
				}
			}
			return false, err
		})
	})
}

// general is the room of the channel, which the owner is invited to.
func (s *site) general(ctx context.Context, t *testing.T, admin *matrix.Person) id.RoomID {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if room, err := admin.Joined(ctx, "#"+channel); err == nil && room != "" {
		return room
	}
	room, err := admin.AwaitInvite(ctx, "#"+channel)
	require.NoError(t, err)
	return room
}

// awaitHomeserver waits until the homeserver knows the bridge.
func (s *site) awaitHomeserver(t *testing.T) {
	t.Helper()
	s.await(t, "the homeserver to know the bridge", func(ctx context.Context) (bool, error) {
		user, err := s.askWhoami(ctx)
		return user != "", err
	})
}

// whoami is whom the homeserver takes the bridge for.
func (s *site) whoami(t *testing.T) string {
	t.Helper()
	s.awaitHomeserver(t)
	user, err := s.askWhoami(t.Context())
	require.NoError(t, err)
	return user
}

func (s *site) askWhoami(ctx context.Context) (string, error) {
	text, err := s.machine.Run(ctx, "cat", "/var/lib/slack-bridge/registration.yaml")
	if err != nil {
		return "", err
	}
	var registration struct {
		Token string `yaml:"as_token"`
	}
	if err := yaml.Unmarshal([]byte(text), &registration); err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+server+"/_matrix/client/v3/account/whoami", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+registration.Token)
	resp, err := s.outside.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var answer struct {
		UserID string `json:"user_id"`
	}
	err = json.Unmarshal(body, &answer)
	return answer.UserID, err
}

// testAccounts makes an account with the token from the secrets file, and a second
// one after it was rotated, which restarts the homeserver and the bridge not.
func testAccounts(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	register := func(name, token string) error {
		_, err := matrix.Register(ctx, s.outside, server, name, rand.Text(), token)
		return err
	}
	old := s.secrets["matrix-registration-token"]
	t.Run("with the token from the secrets", func(t *testing.T) {
		s.awaitJournal(t, homeserver, "startup commands done")
		require.NoError(t, register("ada", old))
	})
	t.Run("and with no other", func(t *testing.T) {
		require.ErrorContains(t, register("eve", "another-token"), "register eve: 401")
	})
	t.Run("a rotated token restarts the homeserver and not the bridge", func(t *testing.T) {
		before := []string{s.mainPID(t, bridge), s.mainPID(t, homeserver)}
		s.setSecrets(t, map[string]string{"matrix-registration-token": "fedcba98-" + rand.Text()})
		s.awaitState(t, homeserver, "active")
		require.NotEqual(t, before[1], s.mainPID(t, homeserver))
		require.Equal(t, before[0], s.mainPID(t, bridge))
		s.await(t, "an account with the new token", func(context.Context) (bool, error) {
			err := register("grace", s.secrets["matrix-registration-token"])
			return err == nil, err
		})
		require.ErrorContains(t, register("mallory", old), "register mallory: 401")
	})
}
