package ports

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReserveGivesEachPortOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		r, err := Reserve()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Release()) })
		require.False(t, seen[r.Port], "port %d was given twice", r.Port)
		seen[r.Port] = true

		listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Port)))
		require.NoError(t, err)
		require.NoError(t, listener.Close())
	}
}

func TestTry(t *testing.T) {
	dir := t.TempDir()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	used := listener.Addr().(*net.TCPAddr).Port

	taken, err := try(dir, used)
	require.NoError(t, err)
	require.Nil(t, taken, "a server listens there")
	require.NoError(t, listener.Close())

	mine, err := try(dir, used)
	require.NoError(t, err)
	require.NotNil(t, mine)
	other, err := try(dir, used)
	require.NoError(t, err)
	require.Nil(t, other, "it is reserved")

	require.NoError(t, mine.Release())
	again, err := try(dir, used)
	require.NoError(t, err)
	require.NotNil(t, again, "it was released")
	require.NoError(t, again.Release())
}
