//go:build stack

package stack_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// psql asks PostgreSQL as a user of the machine, by socket.
func (s *site) psql(t *testing.T, user, database, query string) string {
	t.Helper()
	return strings.TrimSpace(s.run(t, "runuser", "-u", user, "--", "psql", "--no-psqlrc", "-At", database, "-c", query))
}

func testDatabase(t *testing.T, s *site) {
	s.needTokens(t)
	t.Run("the bridge's user owns the bridge's database", func(t *testing.T) {
		require.Equal(t, "slack_bridge|slack_bridge", s.psql(t, "slack_bridge", "slack_bridge",
			"SELECT current_user, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"))
	})
	t.Run("the bridge has its tables there", func(t *testing.T) {
		s.await(t, "the bridge's login", func(ctx context.Context) (bool, error) {
			return s.psql(t, "slack_bridge", "slack_bridge", "SELECT count(*) FROM user_login") == "1", ctx.Err()
		})
	})
	t.Run("every database sorts by bytes, whatever the C library says", func(t *testing.T) {
		require.Equal(t, "C|C|UTF8", s.psql(t, "postgres", "postgres",
			"SELECT DISTINCT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database"))
	})
	t.Run("the bridge comes by socket and as itself", func(t *testing.T) {
		require.Equal(t, "slack_bridge", s.psql(t, "postgres", "postgres",
			"SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'slack_bridge' AND client_addr IS NULL"))
	})
	t.Run("nobody else's user gets in", func(t *testing.T) {
		_, err := s.machine.Run(t.Context(), "runuser", "-u", "nginx", "--", "psql", "--no-psqlrc", "-At", "-U", "slack_bridge", "slack_bridge", "-c", "SELECT 1")
		require.ErrorContains(t, err, "Peer authentication failed")
	})
}
