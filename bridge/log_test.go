package bridge_test

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOneLog: zap is the only way to the log. zerolog is there for the framework, whose
// lines package logging turns into entries of the same log.
func TestOneLog(t *testing.T) {
	framework := []string{"app", "connector", "database", "logging"}
	for _, p := range packages(t) {
		name := folder(p.ImportPath)
		require.NotContains(t, p.Imports, "log/slog", "%s has a log of its own", p.ImportPath)
		if name != "testbed" { // its proxies silence the HTTP server's log
			require.NotContains(t, p.Imports, "log", "%s has a log of its own", p.ImportPath)
		}
		if slices.Contains(p.Imports, "github.com/rs/zerolog") {
			require.True(t, slices.Contains(framework, name) || strings.HasPrefix(p.ImportPath, "ops-jrz1/bridge/cmd/"), "%s does not need the framework's log", p.ImportPath)
		}
	}
}

// logCall is the end of an expression that is a logger.
var logCall = regexp.MustCompile(`(?i)^(log|logger)$`)

// TestLogMessages: every message begins with a capital letter and ends without a full
// stop, as the framework's do. What differs from line to line is in fields.
func TestLogMessages(t *testing.T) {
	checked := 0
	for _, p := range packages(t) {
		rest, below := strings.CutPrefix(p.ImportPath, "ops-jrz1/bridge/")
		if !below || folder(p.ImportPath) == "torture" || rest == "cmd/torture" {
			continue // its log is a story for people, not entries
		}
		each(t, filepath.FromSlash(rest), func(file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 || !isLogged(call) {
					return true
				}
				if text := beginning(call.Args[0]); text != "" {
					checked++
					require.Regexp(t, `^[A-Z]`, text, "%s: a message begins with a capital letter", p.ImportPath)
					require.NotRegexp(t, `\.$`, text, "%s: a message ends without a full stop", p.ImportPath)
				}
				return true
			})
		})
	}
	require.Greater(t, checked, 100)
}

// isLogged says whether a call writes to the log: one of zap, or Msg of zerolog.
func isLogged(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch function.Sel.Name {
	case "Msg", "Msgf":
		return true
	case "Debug", "Info", "Warn", "Error":
		switch logger := function.X.(type) {
		case *ast.Ident:
			return logCall.MatchString(logger.Name)
		case *ast.SelectorExpr:
			return logCall.MatchString(logger.Sel.Name)
		}
	}
	return false
}

// beginning returns the literal that an expression begins with, or "".
func beginning(expression ast.Expr) string {
	for {
		sum, ok := expression.(*ast.BinaryExpr)
		if !ok {
			return literal(expression)
		}
		expression = sum.X
	}
}
