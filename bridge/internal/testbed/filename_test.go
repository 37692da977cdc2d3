package testbed

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"TestText":       "TestText",
		"TestA/is it: b": "TestA-is-it--b",
		"TestInbox/43 parked, shown, tried again and dropped/PostgreSQL": "TestInbox-43-parked,-show-n-and-dropped-PostgreSQL",
	} {
		require.Equal(t, want, fileName(name))
		require.LessOrEqual(t, len(want), longestName)
	}
}
