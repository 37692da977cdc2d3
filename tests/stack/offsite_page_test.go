//go:build stack

package stack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/transcript"
)

// offsitePage is what an operator follows.
const offsitePage = "docs/offsite.md"

// follow types what the page shows under a heading, holds what is printed against it, and
// returns that. The operator's computer is a folder of the machine.
func (s *site) follow(t *testing.T, heading string) (printed []string) {
	t.Helper()
	blocks, err := transcript.Parse(s.offsitePage(t))
	require.NoError(t, err)
	for _, block := range blocks {
		if block.Heading != heading {
			continue
		}
		for _, step := range block.Steps {
			out := s.run(t, "bash", "-euo", "pipefail", "-c", "mkdir -p /root/desk; cd /root/desk; "+step.Command)
			require.NoError(t, step.Compare(out), "%s, line %d", offsitePage, block.Line)
			printed = append(printed, strings.TrimSpace(out))
		}
	}
	require.NotEmpty(t, printed, "%s has nothing to type under %q", offsitePage, heading)
	return printed
}

// offsitePage is the page, with the other server's own key where the machine has it.
func (s *site) offsitePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.root, offsitePage))
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "/etc/ssh/ssh_host_ed25519_key.pub", otherFolder+"/own-key.pub")
}
