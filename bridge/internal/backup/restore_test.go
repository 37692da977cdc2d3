package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/backup"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// bridge is one that is not running: its folder has configuration and registration.
type bridge struct {
	t      *testing.T
	folder string
	config *settings.Config
}

// newBridge makes the files of a bridge with a database at an address.
func newBridge(t *testing.T, kind, uri string) *bridge {
	t.Helper()
	b := &bridge{t: t, folder: t.TempDir()}
	if kind != "postgres" {
		uri = "file:" + b.path("bridge.db") + "?_txlock=immediate"
	}
	b.write("config.yaml", `homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
database: {type: `+kind+`, uri: "`+uri+`"}
`)
	b.write("registration.yaml", "id: slack\n")
	b.load()
	return b
}

func (b *bridge) path(name string) string { return filepath.Join(b.folder, name) }

func (b *bridge) write(name, text string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(b.path(name), []byte(text), 0o600))
}

func (b *bridge) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.path(name))
	require.NoError(b.t, err)
	return string(text)
}

func (b *bridge) load() {
	b.t.Helper()
	config, problems := settings.Read(b.path("config.yaml"))
	require.NoError(b.t, problems.Err())
	b.config = config
}

// open opens the database as a bridge does.
func (b *bridge) open() *database.Locked {
	b.t.Helper()
	ctx := b.t.Context()
	db, err := database.OpenAlone(ctx, b.config, zerolog.Nop(), time.Minute)
	require.NoError(b.t, err)
	_, err = slackdb.Open(ctx, db.Database, nil)
	require.NoError(b.t, err)
	box, err := inbox.Open(ctx, inbox.Options{DB: db.Database})
	require.NoError(b.t, err)
	require.NoError(b.t, box.Close(ctx))
	return db
}

func (b *bridge) close(db *database.Locked) {
	b.t.Helper()
	require.NoError(b.t, errors.Join(db.Close(), db.Unlock()))
}

// do runs a statement on the closed database.
func (b *bridge) do(query string, args ...any) {
	b.t.Helper()
	db := b.open()
	defer b.close(db)
	_, err := db.Exec(b.t.Context(), query, args...)
	require.NoError(b.t, err)
}

// add adds a row, and the table if it is not there.
func (b *bridge) add(n int) {
	b.t.Helper()
	if b.config.Database.Type == "postgres" { // the framework's tables have such a type
		b.do("DO $$ BEGIN CREATE TYPE test_mood AS ENUM ('good'); EXCEPTION WHEN duplicate_object THEN NULL; END $$")
	}
	b.do("CREATE TABLE IF NOT EXISTS test_rows (n BIGINT PRIMARY KEY)")
	b.do("INSERT INTO test_rows (n) VALUES ($1)", n)
}

// rows are those that were added.
func (b *bridge) rows() (out []int) {
	b.t.Helper()
	db := b.open()
	defer b.close(db)
	rows, err := db.Query(b.t.Context(), "SELECT n FROM test_rows ORDER BY n")
	require.NoError(b.t, err)
	defer rows.Close()
	for rows.Next() {
		var n int
		require.NoError(b.t, rows.Scan(&n))
		out = append(out, n)
	}
	require.NoError(b.t, rows.Err())
	return out
}

// made makes a backup.
func (b *bridge) made() string {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "backup.tar")
	_, err := backup.Make(b.t.Context(), b.config, backup.Options{
		Path: path, Registration: b.path("registration.yaml"), Version: "1.2.3", Now: time.Now(),
	})
	require.NoError(b.t, err)
	_, err = backup.Check(b.t.Context(), path)
	require.NoError(b.t, err)
	return path
}

func (b *bridge) restore(path string, force bool) (backup.Restored, error) {
	b.t.Helper()
	return backup.Restore(b.t.Context(), backup.RestoreOptions{
		Path: path, Config: b.path("config.yaml"), Registration: b.path("registration.yaml"), Replace: force, Version: "1.2.3", Now: time.Now(),
	})
}

// refused is a restore that changes nothing.
func (b *bridge) refused(path string, force bool, code exit.Code, text string) {
	b.t.Helper()
	before := b.rows()
	_, err := b.restore(path, force)
	require.Equal(b.t, code, exit.Of(err), "%v", err)
	require.ErrorContains(b.t, err, text)
	require.Equal(b.t, before, b.rows())
}

// onBoth runs a test on each kind of database.
func onBoth(t *testing.T, test func(t *testing.T, fresh func(t *testing.T) *bridge)) {
	t.Run("SQLite", func(t *testing.T) {
		test(t, func(t *testing.T) *bridge { t.Helper(); return newBridge(t, "sqlite3-fk-wal", "") })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := postgres.New(t)
		test(t, func(t *testing.T) *bridge {
			t.Helper()
			uri, err := server.NewDatabase(t.Context())
			require.NoError(t, err)
			return newBridge(t, "postgres", uri)
		})
	})
}

func TestRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, fresh func(t *testing.T) *bridge) {
		t.Run("what was since the backup is gone, and kept", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			archive := b.made()
			b.add(2)
			b.refused(archive, false, exit.CannotWrite, "--force puts the backup in its place and keeps it")
			done, err := b.restore(archive, true)
			require.NoError(t, err)
			require.Equal(t, []int{1}, b.rows())
			require.Empty(t, done.Written, "what is there stays")
			b.add(3)
			require.Equal(t, []int{1, 3}, b.rows(), "it can be written to")
			if b.config.Database.Type == "postgres" {
				_, err := b.restore(done.Kept, true)
				require.NoError(t, err)
			} else {
				for _, name := range []string{"bridge.db", "bridge.db-wal", "bridge.db-shm"} {
					require.NoError(t, os.RemoveAll(b.path(name)))
				}
				require.NoError(t, os.Rename(filepath.Join(done.Kept, "bridge.db"), b.path("bridge.db")))
			}
			require.Equal(t, []int{1, 2}, b.rows())
		})
		t.Run("into an empty place, with configuration and registration", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			archive, config := b.made(), b.read("config.yaml")
			b.write("registration.yaml", "changed since\n")
			require.NoError(t, os.Remove(b.path("config.yaml")))
			if b.config.Database.Type == "postgres" {
				b.do("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
			} else {
				require.NoError(t, os.Remove(b.path("bridge.db")))
			}
			done, err := b.restore(archive, false)
			require.NoError(t, err)
			require.Equal(t, []string{b.path("config.yaml")}, done.Written)
			require.Equal(t, config, b.read("config.yaml"))
			require.Equal(t, "changed since\n", b.read("registration.yaml"))
			require.Empty(t, done.Kept)
			require.Equal(t, []int{1}, b.rows())
			info, err := os.Stat(b.path("config.yaml"))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		})
		t.Run("with the files of secrets of which the configuration is rendered", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			require.NoError(t, os.Mkdir(b.path("secrets"), 0o700))
			b.write("secrets/appservice.as_token", "0123456789abcdef-as")
			b.write("secrets/appservice.hs_token", "0123456789abcdef-hs")
			archive := b.made()
			for _, name := range []string{"config.yaml", "secrets"} {
				require.NoError(t, os.RemoveAll(b.path(name)))
			}
			done, err := b.restore(archive, true)
			require.NoError(t, err)
			require.Equal(t, []string{b.path("secrets/appservice.as_token"), b.path("secrets/appservice.hs_token"), b.path("config.yaml")}, done.Written)
			require.Equal(t, "0123456789abcdef-as", b.read("secrets/appservice.as_token"))
			require.Equal(t, "0123456789abcdef-hs", b.read("secrets/appservice.hs_token"))
			for name, mode := range map[string]os.FileMode{"secrets": 0o700, "secrets/appservice.as_token": 0o600} {
				info, err := os.Stat(b.path(name))
				require.NoError(t, err)
				require.Equal(t, mode, info.Mode().Perm(), name)
			}
		})
		t.Run("for the user to whom the folder belongs", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			require.NoError(t, os.Mkdir(b.path("secrets"), 0o700))
			b.write("secrets/appservice.as_token", "0123456789abcdef-as")
			archive := b.made()
			for _, name := range []string{"config.yaml", "registration.yaml", "secrets"} {
				require.NoError(t, os.RemoveAll(b.path(name)))
			}
			user := os.Geteuid()
			if user == 0 {
				user = 4711
				require.NoError(t, os.Chown(b.folder, user, user))
			}
			_, err := b.restore(archive, true)
			require.NoError(t, err)
			for _, name := range []string{"config.yaml", "registration.yaml", "secrets", "secrets/appservice.as_token"} {
				info, err := os.Stat(b.path(name))
				require.NoError(t, err)
				require.EqualValues(t, user, info.Sys().(*syscall.Stat_t).Uid, name)
			}
		})
		t.Run("on a host that has made secrets of its own", func(t *testing.T) {
			for _, tc := range []struct{ config, want string }{{"stays", "new-as"}, {"is the archive's", "0123456789abcdef-as"}} {
				b := fresh(t)
				b.add(1)
				archive := b.made() // without the folder
				require.NoError(t, os.Mkdir(b.path("secrets"), 0o700))
				b.write("secrets/appservice.as_token", "new-as")
				if tc.want != "new-as" {
					require.NoError(t, os.Remove(b.path("config.yaml")))
				}
				done, err := b.restore(archive, true)
				require.NoError(t, err)
				require.Equal(t, tc.want, b.read("secrets/appservice.as_token"), tc.config)
				require.Equal(t, "0123456789abcdef-hs", b.read("secrets/appservice.hs_token"), tc.config)
				if tc.want != "new-as" {
					before := "secrets/appservice.as_token.before-" + done.Made.Format("20060102")
					kept, err := filepath.Glob(b.path(before) + "*")
					require.NoError(t, err)
					require.Len(t, kept, 1)
				}
			}
		})
		t.Run("where the configuration is rendered of no such files", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			archive := b.made()
			require.NoError(t, os.Remove(b.path("config.yaml")))
			_, err := b.restore(archive, true)
			require.NoError(t, err)
			require.NoDirExists(t, b.path("secrets"))
		})
		t.Run("in the place of a database that a newer bridge has used", func(t *testing.T) {
			b := fresh(t)
			b.add(1)
			archive := b.made()
			b.add(2)
			b.do("UPDATE " + inbox.VersionTable + " SET version = 999, compat = 999")
			_, err := b.restore(archive, true)
			require.NoError(t, err)
			require.Equal(t, []int{1}, b.rows())
		})
	})
}

func TestRestoreRefusesWhatItCannotHold(t *testing.T) {
	onBoth(t, func(t *testing.T, fresh func(t *testing.T) *bridge) {
		b := fresh(t)
		b.add(1)
		archive := b.made()
		b.add(2)
		t.Run("while a bridge runs", func(t *testing.T) {
			db := b.open()
			_, err := b.restore(archive, true)
			require.Equal(t, exit.Unavailable, exit.Of(err), "%v", err)
			require.ErrorIs(t, err, database.ErrInUse)
			b.close(db)
			require.Equal(t, []int{1, 2}, b.rows())
		})
		t.Run("a damaged one", func(t *testing.T) {
			text, err := os.ReadFile(archive)
			require.NoError(t, err)
			text[len(text)/2] ^= 1
			damaged := filepath.Join(t.TempDir(), "damaged.tar")
			require.NoError(t, os.WriteFile(damaged, text, 0o600))
			b.refused(damaged, true, exit.Data, "damaged")
		})
		t.Run("one of another bridge", func(t *testing.T) {
			config := b.read("config.yaml")
			b.write("config.yaml", strings.Replace(config, "{domain: engines.test}", "{domain: other.test}", 1)+"\n")
			b.write("config.yaml", strings.ReplaceAll(b.read("config.yaml"), "@ada:engines.test", "@ada:other.test"))
			b.refused(archive, true, exit.Config, "homeserver.domain (engines.test, here other.test)")
			b.write("config.yaml", config)
		})
		t.Run("one of another type of database", func(t *testing.T) {
			other := newBridge(t, "sqlite3-fk-wal", "")
			if b.config.Database.Type != "postgres" {
				uri := "postgresql:///nowhere?host=/nowhere"
				other.write("config.yaml", strings.NewReplacer("sqlite3-fk-wal", "postgres", "file:"+other.path("bridge.db")+"?_txlock=immediate", uri).Replace(other.read("config.yaml")))
			}
			_, err := other.restore(archive, true)
			require.Equal(t, exit.Config, exit.Of(err), "%v", err)
			require.ErrorContains(t, err, "the backup is of a database of the type "+b.config.Database.Type)
		})
		t.Run("one of a newer bridge", func(t *testing.T) {
			newer := fresh(t)
			newer.add(1)
			newer.do("UPDATE " + inbox.VersionTable + " SET version = 999, compat = 999")
			_, err := backup.Make(t.Context(), newer.config, backup.Options{Path: filepath.Join(t.TempDir(), "x"), Now: time.Now()})
			require.Equal(t, exit.Config, exit.Of(err), "%v", err)
		})
		require.Equal(t, []int{1, 2}, b.rows())
	})
}

// TestRestoreAfterACrash: what SQLite left next to a database must not meet another one.
func TestRestoreAfterACrash(t *testing.T) {
	b := newBridge(t, "sqlite3-fk-wal", "")
	b.add(1)
	archive := b.made()
	db := b.open()
	_, err := db.Exec(t.Context(), "INSERT INTO test_rows (n) VALUES (2)")
	require.NoError(t, err)
	left := map[string]string{}
	for _, name := range []string{"bridge.db", "bridge.db-wal"} {
		left[name] = b.read(name)
	}
	require.NotEmpty(t, left["bridge.db-wal"])
	b.close(db)
	for name, text := range left { // as when it had been killed
		b.write(name, text)
	}
	done, err := b.restore(archive, true)
	require.NoError(t, err)
	require.NoFileExists(t, b.path("bridge.db-wal"))
	require.FileExists(t, filepath.Join(done.Kept, "bridge.db-wal"))
	require.Equal(t, []int{1}, b.rows())
	db = b.open()
	defer b.close(db)
	var found string
	require.NoError(t, db.QueryRow(t.Context(), "PRAGMA integrity_check").Scan(&found))
	require.Equal(t, "ok", found)
}

// TestALoadThatFailsChangesNothing: what pg_restore's SQL runs into takes everything back.
func TestALoadThatFailsChangesNothing(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	b := newBridge(t, "postgres", uri)
	b.add(1)
	b.do("CREATE COLLATION another (provider = libc, locale = 'C')") // which is not removed before, and is there already then
	archive := b.made()
	b.add(2)
	b.refused(archive, true, exit.Unavailable, `collation "another" for encoding "UTF8" already exists`)
}

// TestPasswordsAreNotOnCommandLines: PostgreSQL's programs get them by the environment.
func TestPasswordsAreNotOnCommandLines(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	b := newBridge(t, "postgres", uri+"&password=hidden-one")
	b.add(1)
	require.Contains(t, b.config.Database.URI, "hidden-one")
	folder := t.TempDir()
	real := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + folder + "/args\nprintf '%s' \"$PGPASSWORD\" >" + folder + "/password\nexec /usr/bin/pg_dump \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pg_dump"), []byte(real), 0o700))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	b.made()
	args, err := os.ReadFile(filepath.Join(folder, "args"))
	require.NoError(t, err)
	require.NotContains(t, string(args), "hidden-one")
	password, err := os.ReadFile(filepath.Join(folder, "password"))
	require.NoError(t, err)
	require.Equal(t, "hidden-one", string(password))

	t.Setenv("PATH", t.TempDir())
	_, err = backup.Make(t.Context(), b.config, backup.Options{Path: filepath.Join(t.TempDir(), "x"), Now: time.Now()})
	require.Equal(t, exit.Unavailable, exit.Of(err), "%v", err)
	require.ErrorContains(t, err, "pg_dump is not in PATH")
}

// TestArchivesOfTheFirstForm are still restored.
func TestArchivesOfTheFirstForm(t *testing.T) {
	b := newBridge(t, "sqlite3-fk-wal", "")
	b.add(1)
	text, err := os.ReadFile(b.made())
	require.NoError(t, err)
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(text))
	for header, err := r.Next(); err == nil; header, err = r.Next() {
		var content bytes.Buffer
		_, err := content.ReadFrom(r)
		require.NoError(t, err)
		files[header.Name] = content.Bytes()
	}
	var manifest map[string]any
	require.NoError(t, json.Unmarshal(files["manifest.json"], &manifest))
	first, err := json.Marshal(map[string]any{"format": 1, "program": "1.0.0", "made": manifest["made"], "tables": manifest["tables"]})
	require.NoError(t, err)
	var out bytes.Buffer
	w, sums := tar.NewWriter(&out), ""
	for _, file := range []struct {
		name    string
		content []byte
	}{{"manifest.json", first}, {"bridge.db", files["bridge.db"]}, {"SHA256SUMS", nil}} {
		if file.name == "SHA256SUMS" {
			file.content = []byte(sums)
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(file.content), file.name)
		require.NoError(t, w.WriteHeader(&tar.Header{Name: file.name, Mode: 0o600, Size: int64(len(file.content))}))
		_, err := w.Write(file.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	old := filepath.Join(t.TempDir(), "old.tar")
	require.NoError(t, os.WriteFile(old, out.Bytes(), 0o600))
	b.add(2)
	_, err = b.restore(old, true)
	require.NoError(t, err)
	require.Equal(t, []int{1}, b.rows())
}
