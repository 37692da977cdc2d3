package media_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/media"
)

func open(t *testing.T, folder string, limit int64) *media.Spool {
	t.Helper()
	spool, err := media.OpenSpool(folder, limit)
	require.NoError(t, err)
	return spool
}

func create(t *testing.T, spool *media.Spool, size int64) *media.File {
	t.Helper()
	file, err := spool.Create(t.Context(), size)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestOpenSpoolRemovesWhatWasLeft(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state", "spool")
	left := create(t, open(t, folder, 10), 5)
	_, err := left.Write([]byte("torso"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "precious.txt"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "a.spool"), 0o700))
	require.NoError(t, os.Chmod(folder, 0o755))

	open(t, folder, 10)
	require.Equal(t, []string{"a.spool", "precious.txt"}, names(t, folder))
	info, err := os.Stat(folder)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOpenSpoolWhereNoFolderCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := media.OpenSpool(file, 10)
	require.ErrorContains(t, err, "making the spool of files")
}

func TestFileIsReadAsItWasWritten(t *testing.T) {
	folder := t.TempDir()
	file := create(t, open(t, folder, 10), 10)
	for _, piece := range []string{"0123", "456", "789"} {
		_, err := io.WriteString(file, piece)
		require.NoError(t, err)
	}
	require.EqualValues(t, 10, file.Size())
	for _, tc := range []struct {
		offset int64
		whence int
		want   string
	}{
		{0, io.SeekStart, "0123456789"},
		{-3, io.SeekEnd, "789"},
		{-5, io.SeekCurrent, "56789"},
		{20, io.SeekStart, ""},
	} {
		_, err := file.Seek(tc.offset, tc.whence)
		require.NoError(t, err)
		got, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Equal(t, tc.want, string(got))
	}
	at := make([]byte, 2)
	_, err := file.ReadAt(at, 4)
	require.NoError(t, err)
	require.Equal(t, "45", string(at))
	_, err = file.Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = file.Seek(0, 7)
	require.Error(t, err)

	require.NoError(t, file.Restart())
	require.Zero(t, file.Size())
	_, err = io.WriteString(file, "again")
	require.NoError(t, err)
	got, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, "again", string(got))

	require.NoError(t, file.Close())
	require.NoError(t, file.Close())
	require.Empty(t, names(t, folder))
}

func TestFileIsNotLongerThanSaid(t *testing.T) {
	file := create(t, open(t, t.TempDir(), 10), 3)
	n, err := file.Write([]byte("four"))
	require.Equal(t, 3, n)
	require.ErrorIs(t, err, media.ErrLongerThanSaid)
	require.EqualValues(t, 3, file.Size())
}

func TestSpoolRefusesWhatNeverFits(t *testing.T) {
	spool := open(t, t.TempDir(), 10)
	for _, size := range []int64{11, -1} {
		_, err := spool.Create(t.Context(), size)
		var tooLarge *media.TooLargeError
		require.ErrorAs(t, err, &tooLarge)
		require.Equal(t, media.TooLargeError{Size: size, Limit: 10}, *tooLarge)
		require.ErrorContains(t, err, "does not fit into the spool, which may hold 10")
	}
}

// TestSpoolIsBoundedInSum: a file waits for room, in turn, and for no longer than its
// context.
func TestSpoolIsBoundedInSum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := open(t, t.TempDir(), 10)
		first := create(t, spool, 8)
		impatient, cancel := context.WithCancel(t.Context())
		given := make(chan error)
		go func() {
			_, err := spool.Create(impatient, 3)
			given <- err
		}()
		made := make(chan *media.File)
		go func() {
			file, _ := spool.Create(context.Background(), 4)
			made <- file
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-given, context.Canceled)
		synctest.Wait()
		select {
		case <-made:
			t.Fatal("the file was made without room for it")
		default:
		}
		require.NoError(t, first.Close())
		second := <-made
		require.NotNil(t, second)
		require.NoError(t, second.Close())
		create(t, spool, 10)
	})
}

// TestSpoolWhoseDiskFails names itself, so that it is waited for.
func TestSpoolWhoseDiskFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "spool")
	spool := open(t, folder, 10)
	file := create(t, spool, 10)
	require.NoError(t, os.RemoveAll(folder))
	_, err := spool.Create(t.Context(), 0)
	require.ErrorIs(t, err, media.ErrSpool)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Error(t, file.Close())
	_, err = file.Write([]byte("x"))
	require.ErrorIs(t, err, media.ErrSpool)
	require.ErrorIs(t, file.Restart(), media.ErrSpool)
}
