package atomicfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/atomicfile"
)

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.yaml")

	changed, err := atomicfile.Write(path, []byte("one"), 0o600)
	require.NoError(t, err)
	require.True(t, changed)
	first := stat(t, path)
	require.Equal(t, fs.FileMode(0o600), first.Mode())

	changed, err = atomicfile.Write(path, []byte("one"), 0o600)
	require.NoError(t, err)
	require.False(t, changed)
	require.True(t, os.SameFile(first, stat(t, path)), "the same content is not written again")

	require.NoError(t, os.Chmod(path, 0o644))
	changed, err = atomicfile.Write(path, []byte("one"), 0o600)
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, fs.FileMode(0o600), stat(t, path).Mode())

	reader, err := os.Open(path)
	require.NoError(t, err)
	defer reader.Close()
	changed, err = atomicfile.Write(path, []byte("two"), 0o640)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, fs.FileMode(0o640), stat(t, path).Mode())
	old := make([]byte, 3)
	_, err = reader.Read(old)
	require.NoError(t, err)
	require.Equal(t, "one", string(old), "a reader that has the file open reads the old content to its end")
	requireOnly(t, folder, "config.yaml")
}

func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), []byte("old"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "folder", "full"), 0o700))
	for name, path := range map[string]string{
		"folder missing":                  "missing/config.yaml",
		"a file instead of the folder":    "file/config.yaml",
		"a folder instead of the file":    "folder",
		"a name longer than names can be": string(make([]byte, 300)),
	} {
		t.Run(name, func(t *testing.T) {
			changed, err := atomicfile.Write(filepath.Join(folder, path), []byte("new"), 0o600)
			require.Error(t, err)
			require.False(t, changed)
			requireOnly(t, folder, "file", "folder")
			data, err := os.ReadFile(filepath.Join(folder, "file"))
			require.NoError(t, err)
			require.Equal(t, "old", string(data))
		})
	}
}

func TestPublish(t *testing.T) {
	folder := t.TempDir()
	written, path := filepath.Join(folder, "written"), filepath.Join(folder, "backup.tar")
	publish := func(text string, overwrite bool) error {
		require.NoError(t, os.WriteFile(written, []byte(text), 0o600))
		return atomicfile.Publish(written, path, overwrite)
	}
	holds := func(text string) {
		t.Helper()
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text, string(data))
	}

	require.NoError(t, publish("one", false))
	holds("one")
	require.NoError(t, os.Remove(written))
	require.ErrorIs(t, publish("two", false), fs.ErrExist)
	holds("one")
	require.NoError(t, publish("three", true))
	holds("three")
	requireOnly(t, folder, "backup.tar")
	require.ErrorIs(t, atomicfile.Publish(written, path, true), fs.ErrNotExist)
	holds("three")
}

func TestWriteIntoTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	changed, err := atomicfile.Write("config.yaml", []byte("one"), 0o600)
	require.NoError(t, err)
	require.True(t, changed)
	requireOnly(t, ".", "config.yaml")
}

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info
}

// requireOnly checks that nothing but the named files is in a folder.
func requireOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	found := []string{}
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	require.ElementsMatch(t, names, found)
}
