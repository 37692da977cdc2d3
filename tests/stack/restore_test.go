//go:build stack

package stack_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/tests/stack/matrix"
)

// What copies the homeserver and the bridge off their places, what loses both with everything
// that the bridge made, and what puts both back.
const (
	copyBoth = `
install -d -m 0700 -o slack_bridge /var/tmp/copies
runuser -u slack_bridge -- slack-bridge backup -c /var/lib/slack-bridge/config.yaml /var/tmp/copies/bridge.tar
systemctl stop continuwuity
cp -a /var/lib/continuwuity/. /var/tmp/homeserver
systemctl start continuwuity
`
	loseBoth = `
systemctl stop slack-bridge slack-bridge-registration continuwuity
find /var/lib/slack-bridge /var/lib/continuwuity/ -mindepth 1 -delete
runuser -u postgres -- dropdb slack_bridge
`
	restoreBoth = `
cp -a /var/tmp/homeserver/. /var/lib/continuwuity/
systemctl restart postgresql-setup
cd /
runuser -u slack_bridge -- slack-bridge restore -c /var/lib/slack-bridge/config.yaml /var/tmp/copies/bridge.tar
ls /var/lib/slack-bridge
systemctl restart slack-bridge-registration
systemctl start continuwuity slack-bridge
rm -rf /var/tmp/copies /var/tmp/homeserver
`
	sumSecrets = "cd /var/lib/slack-bridge/secrets; sha256sum *"
)

// testRestore loses the bridge's database, its configuration and the homeserver, and puts
// copies of one time back: what was said before is there, what was said since comes back from
// Slack, and messages cross again in the same room.
func testRestore(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	admin := s.admin(t)
	s.awaitHomeserver(t)
	room := s.general(ctx, t, admin)
	s.requireMessagesIn(ctx, t, admin, room)
	secrets := s.run(t, "bash", "-euc", sumSecrets)
	s.run(t, "bash", "-euxc", copyBoth)
	s.awaitHomeserver(t)
	since := "Since the copy " + rand.Text()
	require.NoError(t, s.slack.Say(ctx, speaker, channel, since))
	_, err := admin.AwaitText(ctx, room, since)
	require.NoError(t, err)
	sinceMatrix := "Since the copy, from Matrix " + rand.Text()
	require.NoError(t, admin.Send(ctx, room, sinceMatrix))
	s.awaitPost(t, sinceMatrix)

	s.run(t, "bash", "-euxc", loseBoth)
	require.Contains(t, s.run(t, "bash", "-euxc", restoreBoth), "config.yaml\nregistration.yaml\nsecrets\n")
	s.awaitState(t, bridge, "active")
	s.awaitHomeserver(t)
	require.Equal(t, secrets, s.run(t, "bash", "-euc", sumSecrets), "no secret is made anew")
	t.Run("what was said in Slack since is there", func(t *testing.T) { s.requireFrom(ctx, t, admin, room, since) })
	t.Run("what was said in Matrix since comes back from Slack, under its author's name", func(t *testing.T) {
		s.requireFrom(ctx, t, admin, room, "admin: "+sinceMatrix)
	})
	s.requireMessagesIn(ctx, t, admin, room)
}

// requireFrom wants a text in a room, said by a ghost.
func (s *site) requireFrom(ctx context.Context, t *testing.T, person *matrix.Person, room id.RoomID, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	who, err := person.AwaitText(ctx, room, text)
	require.NoError(t, err)
	require.Regexp(t, `^@slack_[^:]+:clarun\.xyz$`, who)
}

// awaitPost waits for a text in the channel in Slack.
func (s *site) awaitPost(t *testing.T, text string) {
	t.Helper()
	s.await(t, "the message in Slack", func(ctx context.Context) (bool, error) {
		messages, err := s.slack.Messages(ctx, channel)
		for _, m := range messages {
			if m.Text == text {
				return true, nil
			}
		}
		return false, err
	})
}
