package bridge_test

import (
	"go/ast"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGoroutinesHaveAnOwner: in the parts that start and stop, a goroutine begins by
// Go of a wait group, which somewhere is waited for, not by a bare go statement.
func TestGoroutinesHaveAnOwner(t *testing.T) {
	for _, folder := range []string{"internal/app", "internal/connector", "internal/delivery", "internal/matrixin", "internal/operator", "internal/slackapi"} {
		each(t, folder, func(file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				_, bare := n.(*ast.GoStmt)
				require.False(t, bare, "a go statement in %s, package %s: nothing waits for it", folder, file.Name.Name)
				return true
			})
		})
	}
}
