package main

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

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

func TestDatabaseErrorsHaveTheirCode(t *testing.T) {
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
		"address that is none":       {&url.Error{Op: "parse", Err: errors.New("bad port")}, exit.Config},
		"anything else":              {errors.New("odd"), exit.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			err := databaseError(load(t, "file:x?_txlock=immediate"), tc.err)
			require.Equal(t, tc.want, exit.Of(err))
			require.ErrorIs(t, err, tc.err)
			require.Regexp(t, `^config\.yaml: database\.uri: .+; .+`, err.Error())
		})
	}
}

func TestDatabaseErrorsShowNoPassword(t *testing.T) {
	for _, uri := range []string{
		"postgres://ada:lovelace@127.0.0.1/bridge", "postgres://ada:lovelace@[::1/bridge", "postgres://ada:love%lace@h/bridge",
	} {
		config := load(t, "file:x?_txlock=immediate")
		config.Database.URI = uri
		_, parseError := url.Parse(uri)
		if parseError == nil {
			parseError = errors.New("password lovelace was refused")
		}
		require.NotContains(t, databaseError(config, parseError).Error(), "love")
	}
}

func TestDatabaseOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bridge.db")
	uri := "file:" + path + "?_txlock=immediate"
	open := func(t *testing.T) (*dbutil.Database, error) {
		return openDatabase(t.Context(), load(t, uri), zerolog.Nop())
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

func TestListenErrorsHaveTheirCode(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"in use":              {syscall.EADDRINUSE, exit.Unavailable},
		"not permitted":       {syscall.EACCES, exit.Config},
		"no such address":     {syscall.EADDRNOTAVAIL, exit.Config},
		"no such name":        {&net.DNSError{Name: "bridge.test", IsNotFound: true}, exit.Config},
		"too many open files": {syscall.EMFILE, exit.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			cause := &net.OpError{Op: "listen", Err: tc.err}
			err := listenError("config.yaml", "127.0.0.1:29319", cause)
			require.Equal(t, tc.want, exit.Of(err))
			require.ErrorIs(t, err, tc.err)
		})
	}
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
