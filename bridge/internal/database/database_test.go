package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/mattn/go-sqlite3"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database/upgrades"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
)

func TestErrorsHaveTheirCode(t *testing.T) {
	postgres := func(code string) error {
		return fmt.Errorf("pinging: %w", &pq.Error{Code: pqerror.Code(code), Message: "no"})
	}
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"nothing listens":            {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, exit.Unavailable},
		"no answer":                  {context.DeadlineExceeded, exit.Unavailable},
		"stopped meanwhile":          {context.Canceled, exit.TryAgain},
		"wrong password":             {postgres("28P01"), exit.Refused},
		"no such role":               {postgres("28000"), exit.Refused},
		"no privilege":               {postgres("42501"), exit.Refused},
		"no such database":           {postgres("3D000"), exit.Unavailable},
		"starting up":                {postgres("57P03"), exit.TryAgain},
		"too many connections":       {postgres("53300"), exit.TryAgain},
		"something else of postgres": {postgres("XX000"), exit.Unavailable},
		"another program's":          {dbutil.NotOwnedError{Owner: "megabridge/other"}, exit.Config},
		"synapse's":                  {fmt.Errorf("%w (found state_groups_state)", dbutil.ErrForeignTables), exit.Config},
		"a newer bridge's":           {fmt.Errorf("%w: v99", dbutil.ErrUnsupportedDatabaseVersion), exit.Config},
		"corrupt file":               {sqlite3.Error{Code: sqlite3.ErrCorrupt}, exit.Data},
		"locked file":                {sqlite3.Error{Code: sqlite3.ErrBusy}, exit.TryAgain},
		"file that cannot be opened": {sqlite3.Error{Code: sqlite3.ErrCantOpen}, exit.CannotWrite},
		"disk that fails":            {sqlite3.Error{Code: sqlite3.ErrIoErr}, exit.Unavailable},
		"not an address":             {&url.Error{Op: "parse", Err: errors.New("bad port")}, exit.Config},
		"anything else":              {errors.New("odd"), exit.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			err := Explain(load(t, "file:x?_txlock=immediate"), tc.err)
			require.Equal(t, tc.want, exit.Of(err))
			require.ErrorIs(t, err, tc.err)
			require.Regexp(t, `^config\.yaml: database\.uri: .+; .+`, err.Error())
		})
	}
}

func TestErrorsShowNoPassword(t *testing.T) {
	for _, uri := range []string{
		"postgres://ada:lovelace@127.0.0.1/bridge", "postgres://ada:lovelace@[::1/bridge", "postgres://ada:love%lace@h/bridge",
	} {
		config := load(t, "file:x?_txlock=immediate")
		config.Database.URI = uri
		_, parseError := url.Parse(uri)
		if parseError == nil {
			parseError = errors.New("password lovelace was refused")
		}
		require.NotContains(t, Explain(config, parseError).Error(), "love")
	}
}

func TestDatabaseOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bridge.db")
	uri := "file:" + path + "?_txlock=immediate"
	open := func(t *testing.T) (*dbutil.Database, error) {
		return Open(t.Context(), load(t, uri), zerolog.New(secrettest.Log(t, "lovelace")))
	}
	db, err := open(t)
	require.NoError(t, err)
	exec := func(query string) {
		_, err := db.Exec(t.Context(), query)
		require.NoError(t, err)
	}

	t.Run("of a newer bridge", func(t *testing.T) {
		exec("UPDATE version SET version=1000, compat=1000")
		_, err := open(t)
		require.ErrorContains(t, err, "a newer bridge has used it")
		require.Equal(t, exit.Config, exit.Of(err))
	})
	t.Run("of another bridge", func(t *testing.T) {
		exec("UPDATE database_owner SET owner='megabridge/mautrix-signal'")
		_, err := open(t)
		require.ErrorContains(t, err, "the database is owned by megabridge/mautrix-signal; give the bridge a database of its own")
		require.Equal(t, exit.Config, exit.Of(err))
	})
	require.NoError(t, db.Close())
}

// load returns a configuration with a database.
func load(t *testing.T, uri string) *settings.Config {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(`
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
database: {uri: "`+uri+`"}
`))
	require.Empty(t, problems)
	return config
}

func TestInspectLooksAndChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bridge.db")
	config := load(t, "file:"+path+"?_txlock=immediate")
	known := []Tables{
		{FrameworkVersion, len(upgrades.Table)}, {inbox.VersionTable, inbox.Version()}, {slackdb.VersionTable, slackdb.Version()},
	}
	look := func() (State, error) { return Inspect(t.Context(), config, known) }

	_, err := look()
	require.ErrorIs(t, err, ErrUnused)
	require.NoFileExists(t, path)

	db, err := Open(t.Context(), config, zerolog.New(secrettest.Log(t, "lovelace")))
	require.NoError(t, err)
	_, err = look()
	require.ErrorIs(t, err, ErrUnused, "the bridge's own tables are not there yet")
	require.ErrorContains(t, err, inbox.VersionTable)

	_, err = inbox.Open(t.Context(), inbox.Options{DB: db, DBLog: dbutil.NoopLogger})
	require.NoError(t, err)
	_, err = slackdb.Open(t.Context(), db, dbutil.NoopLogger)
	require.NoError(t, err)
	state, err := look()
	require.NoError(t, err)
	require.Equal(t, len(upgrades.Table), state.Version)
	require.Contains(t, state.Engine, "SQLite 3.")

	for table, known := range map[string]int{inbox.VersionTable: inbox.Version(), slackdb.VersionTable: slackdb.Version()} {
		t.Run(table, func(t *testing.T) {
			_, err := db.Exec(t.Context(), "UPDATE "+table+" SET version=99, compat=98")
			require.NoError(t, err)
			_, err = look()
			require.ErrorIs(t, err, dbutil.ErrUnsupportedDatabaseVersion)
			require.ErrorContains(t, err, fmt.Sprintf("%s is at 99, this program knows %d", table, known))
			require.Equal(t, exit.Config, exit.Of(err))
			_, err = db.Exec(t.Context(), fmt.Sprintf("UPDATE %s SET version=%d, compat=1", table, known+1))
			require.NoError(t, err)
			_, err = look()
			require.NoError(t, err, "newer tables that this program can still use")
		})
	}
	require.NoError(t, db.Close())
}

func TestFilesOfSQLite(t *testing.T) {
	for uri, want := range map[string][2]string{
		"file:/var/lib/b.db?_txlock=immediate": {"/var/lib/b.db", "file:/var/lib/b.db?_txlock=immediate&mode=rw"},
		"file:b%20b.db":                        {"b b.db", "file:b%20b.db?mode=rw"},
		"/var/lib/b b.db":                      {"/var/lib/b b.db", "file:/var/lib/b%20b.db?mode=rw"},
		"file:b.db?mode=rwc":                   {"b.db", "file:b.db?mode=rw"},
	} {
		path, existing := existingFile(uri)
		require.Equal(t, want, [2]string{path, existing})
	}
}
