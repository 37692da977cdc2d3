package emoji_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/emoji"
)

func TestStandardNames(t *testing.T) {
	for name, want := range map[string]string{"tada": "tada", "thumbsup": "+1", "+1": "+1", "heart": "heart", "eyes": "eyes"} {
		got, ok := emoji.Standard(name)
		require.True(t, ok, name)
		require.Equal(t, want, got)
	}
	for _, name := range []string{"", "no_such_emoji", ":tada:", "Tada"} {
		_, ok := emoji.Standard(name)
		require.False(t, ok, name)
	}
}

func TestSkinTones(t *testing.T) {
	base, tone, ok := emoji.SplitTone("wave::skin-tone-3")
	require.True(t, ok)
	require.Equal(t, "wave", base)
	require.Equal(t, 3, tone)
	for _, bad := range []string{"wave::skin-tone-1", "wave::skin-tone-7", "wave::", "wave::skin-tone-3x"} {
		_, _, ok := emoji.SplitTone(bad)
		require.False(t, ok, bad)
	}
	require.Equal(t, "1f44b-1f3fc", emoji.Hex("wave::skin-tone-3"))
}

func TestToNames(t *testing.T) {
	for in, want := range map[string]string{
		"plain":           "plain",
		"Grüße – naïve":   "Grüße – naïve",
		"party 🎉!":        "party :tada:!",
		"👍🏽":              ":+1::skin-tone-4:",
		"👨‍👩‍👧 and ❤️ ok": ":man-woman-girl: and :heart: ok",
	} {
		require.Equal(t, want, emoji.ToNames(in))
	}
}
