//go:build stack

package stack_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	passwords = "continuwuity-admin-password.service"
	settling  = "continuwuity-admin.service"
)

// adminPassword is what root is shown.
func (s *site) adminPassword(t *testing.T) string {
	t.Helper()
	password := strings.TrimSpace(s.run(t, "continuwuity-admin", "password"))
	require.NotEmpty(t, password)
	s.used = append(s.used, password)
	return password
}

// printed are the passwords that the homeserver has printed, as a person reads them off a
// terminal of 80 columns.
func (s *site) printed(t *testing.T) []string {
	t.Helper()
	journal := s.run(t, "journalctl", "--no-pager", "--output=cat", "--unit="+homeserver)
	journal = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(journal, "")
	var found []string
	for _, match := range regexp.MustCompile(`(?:with\s+password|password\s+for\s+user\s+@\S+)\s+(\S+)`).FindAllStringSubmatch(journal, -1) {
		found = append(found, match[1])
	}
	require.NotEmpty(t, found, "the homeserver prints the password of an account that it creates")
	return found
}

// requireNoPrintedPassword wants none of them to open the administrator's account.
func (s *site) requireNoPrintedPassword(t *testing.T) {
	t.Helper()
	for _, password := range s.printed(t) {
		_, err := s.logIn(t, "admin", password)
		require.ErrorContains(t, err, "M_FORBIDDEN")
	}
}

// status is what the world is answered for the homeserver's versions.
func (s *site) status(t *testing.T) int {
	t.Helper()
	resp, _ := s.get(t, "https://"+server+"/_matrix/client/versions")
	return resp.StatusCode
}

// testAdministrator: the administrator has a password that was never printed, whatever
// happens to the account.
func testAdministrator(t *testing.T, s *site) {
	s.requireHomeserver(t)
	t.Run("what the homeserver has printed opens nothing", func(t *testing.T) { s.requireNoPrintedPassword(t) })
	t.Run("what root is shown opens the account", func(t *testing.T) { s.admin(t) })
	t.Run("and makes an administrator of the server", func(t *testing.T) {
		token := s.admin(t).Token()
		s.run(t, "python3", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8008/_synapse/admin/v1/rooms', headers={'Authorization': 'Bearer "+token+"'}))")
	})
	t.Run("until it is settled the homeserver is not shown", func(t *testing.T) {
		s.run(t, "systemctl", "stop", settling)
		require.Equal(t, http.StatusServiceUnavailable, s.status(t))
		resp, _ := s.get(t, "https://"+server+"/_continuwuity/oauth2/authorize")
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
		s.run(t, "systemctl", "start", settling)
		require.Equal(t, http.StatusOK, s.status(t))
	})
	chosen := rand.Text()
	t.Run("a password that the person chooses stays through a restart", func(t *testing.T) {
		s.changePassword(t, s.adminPassword(t), chosen)
		s.run(t, "systemctl", "restart", homeserver)
		s.requireHomeserver(t)
		s.awaitJournal(t, settling, "admin has a password of its own, which stays")
		_, err := s.logIn(t, "admin", chosen)
		require.NoError(t, err)
	})
	t.Run("reset gives back the one that root is shown", func(t *testing.T) {
		said := s.run(t, "continuwuity-admin", "reset")
		require.Contains(t, said, "@admin has the password that continuwuity-admin password shows")
		_, err := s.logIn(t, "admin", chosen)
		require.ErrorContains(t, err, "M_FORBIDDEN")
		s.admin(t)
		s.requireNoPrintedPassword(t)
	})
	t.Run("and is over then", func(t *testing.T) {
		s.changePassword(t, s.adminPassword(t), chosen)
		s.run(t, "systemctl", "restart", homeserver)
		s.requireHomeserver(t)
		_, err := s.logIn(t, "admin", chosen)
		require.NoError(t, err)
		s.run(t, "continuwuity-admin", "reset")
		s.awaitState(t, bridge, "active")
		s.awaitHomeserver(t)
	})
}

// changePassword does what a person does in a client.
func (s *site) changePassword(t *testing.T, from, to string) {
	t.Helper()
	s.used = append(s.used, to)
	person, err := s.logIn(t, "admin", from)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, person.ChangePassword(ctx, from, to))
}
