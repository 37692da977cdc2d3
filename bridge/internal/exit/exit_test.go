package exit_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
)

var update = flag.Bool("update", false, "rewrite the generated page")

func TestReferencePage(t *testing.T) {
	page := filepath.Join("..", "..", "..", "docs", "reference", "exit-codes.md")
	if *update {
		require.NoError(t, os.WriteFile(page, exit.Markdown(), 0o644))
	}
	want, err := os.ReadFile(page)
	require.NoError(t, err, "run this test with -update")
	require.Equal(t, string(want), string(exit.Markdown()), "run this test with -update and read the difference")
}

func TestOf(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"no error":         {nil, exit.OK},
		"an unnamed error": {errors.New("boom"), exit.Software},
		"a named one":      {exit.New(exit.Usage, "no such flag"), exit.Usage},
		"wrapped":          {fmt.Errorf("starting: %w", exit.New(exit.Refused, "no")), exit.Refused},
		"joined":           {errors.Join(errors.New("first"), exit.New(exit.Config, "bad")), exit.Config},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, exit.Of(tc.err)) })
	}
}

func TestNewKeepsTheCause(t *testing.T) {
	err := exit.New(exit.CannotWrite, "writing %s: %w", "config.yaml", fs.ErrPermission)
	require.EqualError(t, err, "writing config.yaml: permission denied")
	require.ErrorIs(t, err, fs.ErrPermission)
}

func TestEveryCodeIsDocumentedOnce(t *testing.T) {
	seen := map[exit.Code]bool{}
	previous := exit.Code(-1)
	for _, row := range exit.Codes() {
		require.Greater(t, row.Code, previous, "the codes are in ascending order")
		require.NotEmpty(t, row.Meaning)
		require.NotEmpty(t, row.Do)
		seen[row.Code], previous = true, row.Code
	}
	require.Len(t, seen, 9)
}
