package admin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	older = "../../deploy/host/old-homeservers"
	adopt = "nix run .#deploy -- adopt"
)

// TestOldHomeserver: next to an older homeserver nothing begins that would be empty.
func TestOldHomeserver(t *testing.T) {
	const own = "/var/lib/private/continuwuity/CURRENT"
	for name, tc := range map[string]struct {
		files   []string
		link    string
		refused bool
		says    []string
	}{
		"a new host":                          {},
		"an empty folder":                     {files: []string{"/var/lib/matrix-synapse/"}},
		"the mission's own older one":         {files: []string{"/var/lib/matrix-continuwuity/db/CURRENT"}, refused: true, says: []string{"/var/lib/matrix-continuwuity/db holds an older homeserver", adopt}},
		"conduwuit":                           {files: []string{"/var/lib/private/conduwuit/CURRENT"}, link: "/var/lib/conduwuit", refused: true, says: []string{"/var/lib/private/conduwuit holds an older homeserver", adopt}},
		"conduit":                             {files: []string{"/var/lib/matrix-conduit/CURRENT"}, refused: true, says: []string{adopt}},
		"Synapse, which cannot be taken over": {files: []string{"/var/lib/matrix-synapse/homeserver.signing.key"}, refused: true, says: []string{"another kind (Synapse)", "mv /var/lib/matrix-synapse /var/lib/matrix-synapse.unwanted"}},
		"after it was taken over":             {files: []string{"/var/lib/matrix-continuwuity/db/CURRENT", own}},
		"a homeserver of one's own":           {files: []string{own}},
		"one that was moved away again":       {files: []string{"/var/lib/matrix-continuwuity/db/CURRENT", "/var/lib/matrix-continuwuity/adopted"}, refused: true, says: []string{adopt}},
	} {
		for what, said := range map[string]string{"switch": "nothing was switched", "start": "continuwuity is not started"} {
			t.Run(name+", "+what, func(t *testing.T) {
				root := t.TempDir()
				for _, file := range tc.files {
					path := filepath.Join(root, file)
					require.NoError(t, os.MkdirAll(filepath.Dir(path+"x"), 0o700))
					if file[len(file)-1] != '/' {
						require.NoError(t, os.WriteFile(path, nil, 0o600))
					}
				}
				if tc.link != "" {
					require.NoError(t, os.Symlink("private/"+filepath.Base(tc.link), filepath.Join(root, tc.link)))
				}
				cmd := exec.CommandContext(t.Context(), "bash", "../../modules/ops/old-homeserver.sh", older, what)
				cmd.Env = append(os.Environ(), "OPS_ROOT="+root)
				out, err := cmd.CombinedOutput()
				if !tc.refused {
					require.NoError(t, err, "%s", out)
					require.Empty(t, string(out))
					return
				}
				var ended *exec.ExitError
				require.ErrorAs(t, err, &ended)
				require.Equal(t, 78, ended.ExitCode())
				for _, part := range append(tc.says, said) {
					require.Contains(t, string(out), part)
				}
			})
		}
	}
}
