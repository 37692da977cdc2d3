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
	t.Run("the doctor names what another C library has sorted", func(t *testing.T) {
		require.NotContains(t, s.run(t, "sh", "-c", "ops-doctor --json || true"), "database.collation")
		s.psql(t, "postgres", "postgres", "UPDATE pg_database SET datcollversion = '2.36' WHERE datname IN ('template1', 'slack_bridge')")
		said := s.run(t, "sh", "-c", "ops-doctor || true")
		s.psql(t, "postgres", "postgres", "UPDATE pg_database SET datcollversion = NULL")
		require.Contains(t, said, "sorted by another version of the C library: slack_bridge, template1")
		require.Contains(t, said, "REFRESH COLLATION VERSION")
	})
	t.Run("the bridge comes by socket and as itself", func(t *testing.T) {
		require.Equal(t, "slack_bridge", s.psql(t, "postgres", "postgres",
			"SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'slack_bridge' AND client_addr IS NULL"))
	})
	t.Run("no other user gets in", func(t *testing.T) {
		_, err := s.machine.Run(t.Context(), "runuser", "-u", "nginx", "--", "psql", "--no-psqlrc", "-At", "-U", "slack_bridge", "slack_bridge", "-c", "SELECT 1")
		require.ErrorContains(t, err, "Peer authentication failed")
	})
}
