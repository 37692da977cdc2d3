package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMemoryWithoutThePageCache: what the kernel would drop is no cost, and tmpfs is one.
func TestMemoryWithoutThePageCache(t *testing.T) {
	for name, tc := range map[string]struct {
		group memoryGroup
		usage string
		stat  string
	}{
		"version 1": {
			memoryGroup{usage: "memory.usage_in_bytes", cache: "total_cache", shared: "total_shmem"},
			"1000\n", "cache 7\nshmem 7\ntotal_cache 600\ntotal_shmem 50\n",
		},
		"version 2": {memoryGroup{usage: "memory.current", cache: "file", shared: "shmem"}, "1000\n", "anon 400\nfile 600\nshmem 50\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := tc.group
			g.folder = t.TempDir()
			write := func(file, text string) {
				require.NoError(t, os.WriteFile(filepath.Join(g.folder, file), []byte(text), 0o600))
			}
			write("memory.stat", tc.stat)
			write(g.usage, tc.usage)
			held, err := g.held()
			require.NoError(t, err)
			require.EqualValues(t, 450, held)

			write(g.usage, "much\n")
			_, err = g.held()
			require.ErrorContains(t, err, "read the memory of the bridge's group")
		})
	}
}
