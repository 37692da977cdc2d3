package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheReferencePageNamesEveryFlag compares --help with the page.
func TestTheReferencePageNamesEveryFlag(t *testing.T) {
	page, err := os.ReadFile("../../../docs/reference/emulator.md")
	require.NoError(t, err)
	var help bytes.Buffer
	_, err = parse([]string{"--help"}, &help)
	require.Error(t, err)
	flags := regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help.String(), -1)
	require.Len(t, flags, 9)
	for _, f := range flags {
		require.True(t, bytes.Contains(page, []byte("`--"+f[1]+"`")), "the page lacks --%s", f[1])
	}
}
