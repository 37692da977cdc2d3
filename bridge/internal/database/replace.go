package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lib/pq"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/settings"
)

// Alone keeps every bridge from the database until release is called, without opening it.
// Errors are of type *Error, and wrap ErrInUse when another process uses the database.
func Alone(ctx context.Context, config *settings.Config, patience time.Duration) (release func() error, err error) {
	held, err := awaitLock(ctx, config, patience)
	if err != nil {
		return nil, err
	}
	return held.release, nil
}

// Holds says whether there is something in the place of the bridge's database: a file, or
// any tables in the schema on the server.
func Holds(ctx context.Context, config *settings.Config) (bool, error) {
	if config.Database.Type != postgres {
		_, err := os.Stat(fileOf(config.Database.URI))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}
	db, err := openExisting(config)
	if err != nil {
		return false, Explain(config, err)
	}
	var holds bool
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema())").Scan(&holds)
	if err = errors.Join(err, db.Close()); err != nil {
		return false, Explain(config, err)
	}
	return holds, nil
}

// Load puts what Dump wrote into the database on the server, in the place of all tables of
// its schema, wholly or not at all. The caller is Alone. It takes pg_restore and psql.
func Load(ctx context.Context, config *settings.Config, dump, schema string, now time.Time) error {
	db, err := openExisting(config)
	if err != nil {
		return Explain(config, err)
	}
	here, err := schemaOf(ctx, db)
	if err = errors.Join(err, db.Close()); err != nil {
		return Explain(config, err)
	}
	if here != schema {
		return Explain(config, fmt.Errorf("the tables of the backup are in the schema %s, and those of this configuration in %s", schema, here))
	}
	folder := filepath.Dir(dump)
	drop, load, mark := filepath.Join(folder, "drop.sql"), filepath.Join(folder, "load.sql"), filepath.Join(folder, "mark.sql")
	if err := os.WriteFile(drop, []byte(dropAll(schema)), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(mark, []byte(markRestored(pq.QuoteIdentifier(schema)+".", now)), 0o600); err != nil {
		return err
	}
	if err := client(ctx, config, "pg_restore", "--no-owner", "--no-privileges", "--schema="+schema, "--file="+load, dump); err != nil {
		return err
	}
	return client(ctx, config, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null", "--file="+drop, "--file="+load, "--file="+mark)
}

// RestoredKey is under which the framework's kv_store holds when a backup was put back, as
// RFC 3339. What people in Matrix said before may be in Slack though no row says so.
const RestoredKey = "slack_restored_at"

// markRestored is SQL that notes in a database that it is a backup that was put back.
func markRestored(prefix string, now time.Time) string {
	return fmt.Sprintf("INSERT INTO %skv_store (bridge_id, key, value) VALUES ('', '%s', '%s') ON CONFLICT (bridge_id, key) DO UPDATE SET value = excluded.value;\n",
		prefix, RestoredKey, now.UTC().Format(time.RFC3339))
}

// MarkCopy notes in a copy of an SQLite database that it is put back now.
func MarkCopy(ctx context.Context, path string, now time.Time) error {
	db, err := dbutil.NewWithDialect("file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw", "sqlite3")
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	_, err = db.RawDB.ExecContext(ctx, markRestored("", now))
	return errors.Join(err, db.Close())
}

// dropAll is SQL that removes the tables, views, sequences and types of a schema, but for
// those of extensions. Of functions a bridge has none.
func dropAll(schema string) string {
	return `SET LOCAL client_min_messages = warning;
SET LOCAL search_path = '';
DO $drop$ DECLARE t record; BEGIN
FOR t IN
  SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind,
    oid::pg_catalog.regclass::pg_catalog.text AS name
  FROM pg_catalog.pg_class
  WHERE relnamespace = ` + namespace(schema) + ` AND relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = pg_class.oid AND d.deptype IN ('e', 'i', 'a'))
  UNION ALL
  SELECT CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, oid::pg_catalog.regtype::pg_catalog.text
  FROM pg_catalog.pg_type
  WHERE typnamespace = ` + namespace(schema) + ` AND typtype IN ('e', 'd')
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = pg_type.oid AND d.deptype = 'e')
LOOP
  EXECUTE pg_catalog.format('DROP %s IF EXISTS %s CASCADE', t.kind, t.name);
END LOOP; END $drop$;
`
}

// namespace is a schema in SQL. The names that its things have with an empty search_path
// have the schema in front.
func namespace(schema string) string {
	return pq.QuoteLiteral(pq.QuoteIdentifier(schema)) + "::pg_catalog.regnamespace"
}

// ReplaceFile puts a copy of an SQLite database in the place of the bridge's. What was
// there is in the folder aside afterwards, which is made for it. The caller is Alone. At
// every moment there is a database: a bridge must not find none and make another.
func ReplaceFile(config *settings.Config, copied, aside string) error {
	file := fileOf(config.Database.URI)
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	incoming := file + ".restoring"
	uid, gid := owner(file)
	if err := copyFile(copied, incoming, uid, gid); err != nil {
		return errors.Join(err, os.RemoveAll(incoming))
	}
	if err := keep(file, aside); err != nil {
		return errors.Join(err, os.RemoveAll(incoming))
	}
	if os.Geteuid() == 0 { // which may have made the lock's file
		if err := os.Chown(file+lockSuffix, uid, gid); err != nil {
			return err
		}
	}
	if err := os.Rename(incoming, file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// keep puts a database's file and what SQLite has next to it into a folder. The file itself
// stays as well. What is next to it must not meet another file.
func keep(file, aside string) error {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	uid, gid := owner(file)
	if err := os.Chown(aside, uid, gid); err != nil && os.Geteuid() == 0 {
		return err
	}
	if err := os.Link(file, filepath.Join(aside, filepath.Base(file))); err != nil {
		return err
	}
	for _, other := range CompanionFiles(file) {
		if other == file+lockSuffix {
			continue
		}
		err := os.Rename(other, filepath.Join(aside, filepath.Base(other)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(filepath.Dir(file))
}

// owner tells whom a new file belongs to: the owner of the one that it replaces, or else of
// its folder.
func owner(file string) (uid, gid int) {
	for _, path := range []string{file, filepath.Dir(file)} {
		if info, err := os.Stat(path); err == nil {
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				return int(stat.Uid), int(stat.Gid)
			}
		}
	}
	return os.Geteuid(), os.Getegid()
}

// copyFile copies a file to the disk, for its owner alone.
func copyFile(from, to string, uid, gid int) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.RemoveAll(to); err != nil { // of a restore that was killed
		return err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.Copy(file, source); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := file.Chown(uid, gid); err != nil {
			return err
		}
	}
	return file.Sync()
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
