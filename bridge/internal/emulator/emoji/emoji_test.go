package emoji_test

import (
	"strings"
	"testing"
	"unicode/utf8"

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

// TestEveryEmojiHasItsName: each standard emoji between other text, written plainly and with skin tones.
func TestEveryEmojiHasItsName(t *testing.T) {
	for name, unicode := range emoji.All() {
		if first, _ := utf8.DecodeRuneInString(unicode); first < 0x203C || strings.HasPrefix(name, "skin-tone-") {
			continue // letters, digits and signs stay text, and so does a tone without an emoji
		}
		canonical, ok := emoji.Standard(name)
		require.True(t, ok, name)
		require.Equal(t, "é :"+canonical+": x", emoji.ToNames("é "+unicode+" x"))
	}
	require.Equal(t, "é :wave::skin-tone-4:", emoji.ToNames("é 👋🏽"))
}
