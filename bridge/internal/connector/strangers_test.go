package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStrangersAreToldOnceARoom(t *testing.T) {
	s := &New(Options{}).strangers
	require.True(t, s.first(stranger{"!a", "@x"}))
	require.False(t, s.first(stranger{"!a", "@x"}))
	require.True(t, s.first(stranger{"!b", "@x"}))
	require.True(t, s.first(stranger{"!a", "@y"}))
}
