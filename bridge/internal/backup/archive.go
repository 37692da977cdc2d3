package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// format is the version of the archive's own form. A reader refuses a newer one. The first
// had an SQLite database and nothing else.
const format = 2

// The archive is a tar of some of these files, in this order. The last one holds the
// checksums of those before it, in the form of sha256sum.
const (
	manifestName     = "manifest.json"
	configName       = "config.yaml"
	registrationName = "registration.yaml"
	databaseName     = "bridge.db"   // of SQLite
	dumpName         = "bridge.dump" // pg_dump's own format
	sumsName         = "SHA256SUMS"
)

// smallest bounds the files that are read into memory.
const smallest = 1 << 20

// Manifest is what an archive says of itself.
type Manifest struct {
	Format int `json:"format"`
	// Program is the version of slack-bridge that made it.
	Program string    `json:"program"`
	Made    time.Time `json:"made"`
	// Tables are the versions of the database's groups of tables, by the table that holds
	// each.
	Tables map[string]int `json:"tables"`
	// Database is its type in a configuration, and Engine the program that has it.
	Database string `json:"database,omitempty"`
	Engine   string `json:"engine,omitempty"`
	// Schema is the one of PostgreSQL that the tables were in.
	Schema string `json:"schema,omitempty"`
	// Files are those between the manifest and the checksums, in their order.
	Files []string `json:"files,omitempty"`
	// Secrets are the keys of the configuration that had a file of their own next to it.
	// Their values are in the configuration.
	Secrets []string `json:"secrets,omitempty"`
}

// postgres is the type of a database on a server, sqlite that of one in a file.
const (
	postgres = "postgres"
	sqlite   = "sqlite3-fk-wal"
)

// database is the name of the file that holds the database.
func (m Manifest) database() string {
	if m.Database == postgres {
		return dumpName
	}
	return databaseName
}

// known says whether the files are those of an archive, in their order.
func (m Manifest) known() bool {
	order := []string{configName, registrationName, m.database()}
	at := 0
	for _, name := range m.Files {
		found := slices.Index(order[at:], name)
		if found < 0 {
			return false
		}
		at += found + 1
	}
	return at == len(order)
}

// errForm is in the chain of every error about an archive that is not as it was written.
var errForm = errors.New("it is not as it was written")

// errNewer is in the chain of the error about an archive of a later format.
var errNewer = errors.New("a newer slack-bridge made it")

// writeFile makes the archive of files that are in a folder.
func writeFile(path string, manifest Manifest, folder string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	about, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	w := writer{tar: tar.NewWriter(file), made: manifest.Made}
	w.add(manifestName, int64(len(about)), bytes.NewReader(about))
	for _, name := range manifest.Files {
		w.addFile(name, filepath.Join(folder, name))
	}
	w.add(sumsName, int64(len(w.sums)), bytes.NewReader(w.sums))
	return errors.Join(w.err, w.tar.Close())
}

// writer writes the files of an archive and notes their checksums. After an error it writes
// nothing more.
type writer struct {
	tar  *tar.Writer
	made time.Time
	sums []byte
	err  error
}

func (w *writer) add(name string, size int64, content io.Reader) {
	if w.err != nil {
		return
	}
	w.err = w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: w.made, Format: tar.FormatPAX})
	if w.err != nil {
		return
	}
	sum := sha256.New()
	_, w.err = io.Copy(io.MultiWriter(w.tar, sum), content)
	w.sums = append(w.sums, sumLine(name, sum)...)
}

func (w *writer) addFile(name, path string) {
	file, err := os.Open(path)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.add(name, info.Size(), file)
}

// sumLine is a line as sha256sum writes it.
func sumLine(name string, sum hash.Hash) string { return fmt.Sprintf("%x  %s\n", sum.Sum(nil), name) }

// read reads a whole archive, writes the files that are in it into a folder, and compares
// the checksums.
func read(archive io.Reader, folder string) (Manifest, error) {
	r := reader{tar: tar.NewReader(archive)}
	about, err := r.small(manifestName)
	if err != nil {
		return Manifest{}, err
	}
	manifest, err := parseManifest(about)
	if err != nil {
		return Manifest{}, err
	}
	for _, name := range manifest.Files {
		if err := r.file(name, filepath.Join(folder, name)); err != nil {
			return Manifest{}, err
		}
	}
	want := r.sums
	sums, err := r.small(sumsName)
	if err != nil {
		return Manifest{}, err
	}
	if !bytes.Equal(sums, want) {
		return Manifest{}, fmt.Errorf("%w: a checksum differs", errForm)
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return Manifest{}, fmt.Errorf("%w: there is something after %s", errForm, sumsName)
	}
	return manifest, nil
}

func parseManifest(text []byte) (Manifest, error) {
	var manifest Manifest
	err := json.Unmarshal(text, &manifest)
	switch {
	case err != nil:
		return Manifest{}, fmt.Errorf("%w: %s: %w", errForm, manifestName, err)
	case manifest.Format > format:
		return Manifest{}, fmt.Errorf("%w: its format is %d, this program knows %d", errNewer, manifest.Format, format)
	case manifest.Format < 1:
		return Manifest{}, fmt.Errorf("%w: %s has no format", errForm, manifestName)
	case manifest.Format == 1:
		manifest.Database, manifest.Files = sqlite, []string{databaseName}
	}
	if !manifest.known() {
		return Manifest{}, fmt.Errorf("%w: %s names other files", errForm, manifestName)
	}
	return manifest, nil
}

// reader reads the files of an archive in their order, and computes their checksums.
type reader struct {
	tar  *tar.Reader
	sums []byte
}

func (r *reader) small(name string) ([]byte, error) {
	var text bytes.Buffer
	err := r.next(name, &limited{&text, smallest})
	return text.Bytes(), err
}

// file reads the next file, which has to have this name, to a path.
func (r *reader) file(name, path string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return r.next(name, file)
}

// next reads the next file, which has to have this name.
func (r *reader) next(name string, into io.Writer) error {
	header, err := r.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends before %s", errForm, name)
	case err != nil:
		return readError(err)
	case header.Name != name || header.Typeflag != tar.TypeReg:
		return fmt.Errorf("%w: %q is where %s should be", errForm, header.Name, name)
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(into, sum), r.tar); err != nil {
		return readError(err)
	}
	r.sums = append(r.sums, sumLine(name, sum)...)
	return nil
}

// readError marks what is wrong with the archive, and not with a disk.
func readError(err error) error {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrFieldTooLong) {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return err
}

// limited is a writer that takes no more than some bytes.
type limited struct {
	io.Writer

	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("%w: a file in it is too large", errForm)
	}
	return l.Writer.Write(p)
}
