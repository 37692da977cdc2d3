package backup_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
)

// What a copy of this test program does, and the database that it does it with.
const (
	job   = "BACKUP_TEST_JOB"
	place = "BACKUP_TEST_DATABASE"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(job) {
	case "write":
		err = writeUntilKilled(os.Getenv(place))
	case "copy":
		err = copyOfAnother(os.Getenv(place))
	case "full":
		err = copyOntoAFullDisk(os.Getenv(place))
	default:
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// config is a configuration with an SQLite database.
func config(path string) (*settings.Config, error) {
	config, problems := settings.Parse("config.yaml", []byte(`
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
database: {type: sqlite3-fk-wal, uri: "file:`+path+`?_txlock=immediate"}
`))
	return config, problems.Err()
}

func configOf(t *testing.T, path string) *settings.Config {
	t.Helper()
	config, err := config(path)
	require.NoError(t, err)
	return config
}

// open opens the database as a bridge does, with its tables and two of this test's.
func open(ctx context.Context, path string) (*database.Locked, error) {
	config, err := config(path)
	if err != nil {
		return nil, err
	}
	db, err := database.OpenAlone(ctx, config, zerolog.Nop(), time.Minute)
	if err != nil {
		return nil, err
	}
	if _, err := slackdb.Open(ctx, db.Database, nil); err != nil {
		return nil, err
	}
	box, err := inbox.Open(ctx, inbox.Options{DB: db.Database})
	if err != nil {
		return nil, err
	}
	if err := box.Close(ctx); err != nil {
		return nil, err
	}
	for _, table := range []string{"test_one", "test_two"} {
		if _, err := db.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (n INTEGER PRIMARY KEY, filler BLOB)"); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// used makes a database that a bridge used and left.
func used(t *testing.T, path string) {
	t.Helper()
	db, err := open(t.Context(), path)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), "INSERT INTO test_one (filler) VALUES (randomblob(200000))")
	require.NoError(t, err)
	require.NoError(t, errors.Join(db.Close(), db.Unlock()))
}

// writeUntilKilled writes the same number into two tables in each transaction, and says it
// when that is committed.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	db, err := open(ctx, path)
	if err != nil {
		return err
	}
	for {
		var n int64
		err := db.DoTxn(ctx, nil, func(ctx context.Context) error {
			row, err := db.Exec(ctx, "INSERT INTO test_one (filler) VALUES (randomblob(300))")
			if err != nil {
				return err
			}
			if n, err = row.LastInsertId(); err != nil {
				return err
			}
			_, err = db.Exec(ctx, "INSERT INTO test_two (n, filler) VALUES ($1, randomblob(300))", n)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// service is the user that the writer runs as: another one than this, where that is allowed.
func service() int {
	if os.Geteuid() == 0 {
		return 65534
	}
	return os.Geteuid()
}

func asService() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	id := uint32(service())
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
}

// startWriter runs a copy of this program as the service's user. committed returns the
// newest number that it says it has committed, and waits for one that is new.
func startWriter(t *testing.T, program, path string) (writer *exec.Cmd, committed func() int64) {
	t.Helper()
	writer = exec.Command(program)
	writer.Env = append(os.Environ(), job+"=write", place+"="+path)
	writer.Stderr = os.Stderr
	writer.SysProcAttr = asService()
	out, err := writer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, writer.Start())
	lines, newest := make(chan int64), make(chan int64)
	go func() { // It ends with the writer's output.
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			n, err := strconv.ParseInt(scanner.Text(), 10, 64)
			if err != nil {
				return
			}
			lines <- n
		}
	}()
	go func() {
		defer close(newest)
		offer(lines, newest)
	}()
	return writer, func() int64 {
		t.Helper()
		n, running := <-newest
		require.True(t, running, "the writer ended")
		return n
	}
}

// offer passes on the newest of what comes, and leaves out what was not asked for.
func offer(lines <-chan int64, newest chan<- int64) {
	var last int64
	var to chan<- int64
	for {
		select {
		case n, more := <-lines:
			if !more {
				return
			}
			last, to = n, newest
		case to <- last:
			to = nil
		}
	}
}

func kill(t *testing.T, writer *exec.Cmd) {
	t.Helper()
	require.NoError(t, writer.Process.Kill())
	require.ErrorContains(t, writer.Wait(), "killed")
}

// executable is this program, where every user may run it.
func executable(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	path := filepath.Join(reachable(t), "writer")
	require.NoError(t, os.WriteFile(path, program, 0o755))
	require.NoError(t, os.Chmod(path, 0o755))
	return path
}

// reachable is a new folder that other users may enter.
func reachable(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, each := range []string{filepath.Dir(folder), folder} {
		require.NoError(t, os.Chmod(each, 0o711))
	}
	return folder
}

// TestCopiesWhileABridgeWrites: another process writes and is killed. Every copy is one
// moment, no earlier than what was committed before it began, and the service's user can
// go on with its files.
func TestCopiesWhileABridgeWrites(t *testing.T) {
	program, home, out := executable(t), filepath.Join(reachable(t), "home"), t.TempDir()
	require.NoError(t, os.Mkdir(home, 0o700))
	require.NoError(t, os.Chown(home, service(), service()))
	path := filepath.Join(home, "bridge.db")
	var last int64
	copyNow := func(name string, committed int64) {
		t.Helper()
		archive := filepath.Join(out, name)
		_, err := backup.Make(t.Context(), configOf(t, path), backup.Options{Path: archive, Version: "1", Now: time.Now()})
		require.NoError(t, err)
		_, err = backup.Check(t.Context(), archive)
		require.NoError(t, err)
		newest := pairs(t, archive)
		require.GreaterOrEqual(t, newest, committed)
		require.GreaterOrEqual(t, newest, last)
		last = newest
		ownedByService(t, home)
	}
	for round := range 2 {
		writer, committed := startWriter(t, program, path)
		for each := range 5 {
			copyNow(fmt.Sprintf("up-%d-%d.tar", round, each), committed())
		}
		before := committed()
		kill(t, writer)
		copyNow(fmt.Sprintf("down-%d.tar", round), before)
	}
	require.Greater(t, last, int64(10))
}

// pairs returns the last number in the copy, which has every one before it, twice.
func pairs(t *testing.T, archive string) int64 {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+unpack(t, archive)+"?mode=ro&immutable=1")
	require.NoError(t, err)
	defer db.Close()
	var one, two, newest int64
	require.NoError(t, db.QueryRow("SELECT COUNT(*), MAX(n) FROM test_one").Scan(&one, &newest))
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM test_two").Scan(&two))
	require.Equal(t, one, two, "a transaction is in the copy in part")
	require.Equal(t, newest, one)
	return newest
}

// unpack takes the database out of an archive as tar would.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	file, err := os.Open(archive)
	require.NoError(t, err)
	defer file.Close()
	for r := tar.NewReader(file); ; {
		header, err := r.Next()
		require.NoError(t, err)
		if header.Name != "bridge.db" {
			continue
		}
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "bridge.db")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
}

func ownedByService(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		var stat syscall.Stat_t
		err := syscall.Stat(filepath.Join(folder, entry.Name()), &stat)
		if !errors.Is(err, fs.ErrNotExist) { // SQLite removes some while others look
			require.NoError(t, err)
			require.Equal(t, service(), int(stat.Uid), entry.Name())
		}
	}
}

// TestDatabaseOfAnotherUser: a user who is neither its owner nor root opens nothing.
func TestDatabaseOfAnotherUser(t *testing.T) {
	child := exec.Command(executable(t))
	child.Env = append(os.Environ(), job+"=copy", place+"=/etc/passwd") // a file of root's
	child.SysProcAttr = asService()
	out, err := child.CombinedOutput()
	require.ErrorContains(t, err, "exit status 1", "%s", out)
	require.Equal(t, "77: the database /etc/passwd belongs to the user 0; run this as that user or as root\n", string(out))
}

func copyOfAnother(path string) error {
	config, err := config(path)
	if err != nil {
		return err
	}
	_, err = backup.Make(context.Background(), config, backup.Options{Path: "/nowhere/backup.tar"})
	return fmt.Errorf("%d: %w", exit.Of(err), err)
}

// TestFullDisk: neither a database nor an archive that does not fit leaves anything, and
// what was there stays.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bridge.db")
	used(t, path)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), job+"=full", place+"="+path)
	child.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		child.SysProcAttr.Unshareflags |= syscall.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := child.CombinedOutput()
	require.ErrorContains(t, err, "exit status 1", "%s", out)
	require.Equal(t, "no faults\n", string(out))
}

// copyOntoAFullDisk mounts small file systems, which only this process sees.
func copyOntoAFullDisk(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	config, err := config(path)
	if err != nil {
		return err
	}
	for name, size := range map[string]int64{"the database": info.Size() / 2, "the archive": info.Size() * 3 / 2} {
		folder, err := os.MkdirTemp(filepath.Dir(path), "small")
		if err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
			return fmt.Errorf("mount a small file system: %w", err)
		}
		old := filepath.Join(folder, "old.tar")
		if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
			return err
		}
		_, err = backup.Make(context.Background(), config, backup.Options{Path: old, Overwrite: true})
		if exit.Of(err) != exit.CannotWrite || !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("%s: %w", name, err)
		}
		if want := "cannot write " + old + ": no space left on device; make room there: it needs twice the size of the database while it is made"; err.Error() != want {
			return fmt.Errorf("%s: said %q", name, err)
		}
		left, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(old)
		if err != nil || string(text) != "old" || len(left) != 1 {
			return fmt.Errorf("%s: left %v, %q", name, left, text)
		}
	}
	return errors.New("no faults")
}

// TestDamage: a copy with any byte changed, cut short, or made of other files is refused.
func TestDamage(t *testing.T) {
	folder := t.TempDir()
	path, archive := filepath.Join(folder, "bridge.db"), filepath.Join(folder, "backup.tar")
	used(t, path)
	made, err := backup.Make(t.Context(), configOf(t, path), backup.Options{Path: archive, Version: "1.2.3", Now: time.Now()})
	require.NoError(t, err)
	found, err := backup.Check(t.Context(), archive)
	require.NoError(t, err)
	require.Equal(t, made, found)
	require.Contains(t, found.Tables, "version")
	require.Contains(t, found.Tables, slackdb.VersionTable)
	require.Contains(t, found.Tables, inbox.VersionTable)
	whole, err := os.ReadFile(archive)
	require.NoError(t, err)

	refused := func(t *testing.T, content []byte, code exit.Code, text string) {
		t.Helper()
		other := filepath.Join(t.TempDir(), "other.tar")
		require.NoError(t, os.WriteFile(other, content, 0o600))
		_, err := backup.Check(t.Context(), other)
		require.Error(t, err)
		require.Equal(t, code, exit.Of(err), "%v", err)
		require.ErrorContains(t, err, text)
	}
	files := contents(t, whole)
	for name, content := range files {
		at := bytes.Index(whole, content)
		for _, offset := range []int{0, len(content) / 3, len(content) / 2, len(content) - 1} {
			t.Run(fmt.Sprintf("%s changed at %d", name, offset), func(t *testing.T) {
				changed := bytes.Clone(whole)
				changed[at+offset] ^= 1
				refused(t, changed, exit.Data, "is damaged, or is not a backup")
			})
		}
	}
	manifest, sums := string(files["manifest.json"]), string(files["SHA256SUMS"])
	for name, tc := range map[string]struct {
		content []byte
		code    exit.Code
		text    string
	}{
		"empty":              {nil, exit.Data, "ends before manifest.json"},
		"not a tar":          {bytes.Repeat([]byte("SQLite"), 1000), exit.Data, "is not a backup"},
		"cut in the middle":  {whole[:len(whole)/2], exit.Data, "unexpected EOF"},
		"without checksums":  {whole[:bytes.Index(whole, files["SHA256SUMS"])/512*512-1024], exit.Data, ""},
		"of a newer format":  {archiveOf(t, strings.Replace(manifest, `"format": 2`, `"format": 3`, 1)), exit.Config, "its format is 3, this program knows 2"},
		"of other files":     {archiveOf(t, strings.Replace(manifest, `"bridge.db"`, `"../bridge.db"`, 1)), exit.Data, "names other files"},
		"without a format":   {archiveOf(t, `{}`), exit.Data, "has no format"},
		"a manifest of junk": {archiveOf(t, `[`), exit.Data, "manifest.json"},
		"a huge manifest":    {archiveOf(t, strings.Repeat(" ", 2<<20)), exit.Data, "too large"},
		"other files":        {archiveOf(t, manifest, sums), exit.Data, "is where bridge.db should be"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, tc.content, tc.code, tc.text) })
	}
}

// TestADamagedDatabaseIsNotCopied: a copy that SQLite finds damaged is not written.
func TestADamagedDatabaseIsNotCopied(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "bridge.db")
	used(t, path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := 4096; at < len(text)/2; at++ {
		text[at] = 0xa5
	}
	require.NoError(t, os.WriteFile(path, text, 0o600))
	_, err = backup.Make(t.Context(), configOf(t, path), backup.Options{Path: filepath.Join(folder, "backup.tar"), Now: time.Now()})
	require.Equal(t, exit.Data, exit.Of(err), "%v", err)
	require.NoFileExists(t, filepath.Join(folder, "backup.tar"))
}

// TestStopped: a copy that is told to stop leaves nothing.
func TestStopped(t *testing.T) {
	path, out := filepath.Join(t.TempDir(), "bridge.db"), t.TempDir()
	used(t, path)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := backup.Make(ctx, configOf(t, path), backup.Options{Path: filepath.Join(out, "backup.tar"), Now: time.Now()})
	require.Equal(t, exit.TryAgain, exit.Of(err), "%v", err)
	left, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Empty(t, left)
}

// contents are the files of an archive.
func contents(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			require.Len(t, files, 3)
			return files
		}
		require.NoError(t, err)
		files[header.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
}

// archiveOf is an archive with a manifest, and checksums where the database should be.
func archiveOf(t *testing.T, manifest string, sums ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add := func(name, content string) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}))
		_, err := w.Write([]byte(content))
		require.NoError(t, err)
	}
	add("manifest.json", manifest)
	for _, each := range sums {
		add("SHA256SUMS", each)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}
