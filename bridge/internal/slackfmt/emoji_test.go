package slackfmt_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackfmt"
)

func TestEmojiBothWays(t *testing.T) {
	for name, tc := range map[string]struct{ slack, emoji string }{
		"simple":              {"tada", "🎉"},
		"canonical name":      {"+1", "👍"},
		"skin tone":           {"+1::skin-tone-2", "👍🏻"},
		"darkest":             {"wave::skin-tone-6", "👋🏿"},
		"tone for selector":   {"point_up::skin-tone-4", "☝🏽"},
		"tone in a sequence":  {"male-detective::skin-tone-3", "🕵🏼‍♂️"},
		"two tones":           {"handshake::skin-tone-2-6", "🫱🏻‍🫲🏿"},
		"same tone for two":   {"handshake::skin-tone-3", "🤝🏼"},
		"people with tones":   {"people_holding_hands::skin-tone-2-3", "🧑🏻‍🤝‍🧑🏼"},
		"fully qualified":     {"heart", "❤️"},
		"keycap":              {"one", "1️⃣"},
		"flag":                {"flag-nz", "🇳🇿"},
		"family":              {"man-woman-girl-boy", "👨‍👩‍👧‍👦"},
		"a bare skin tone":    {"skin-tone-2", "🏻"},
		"selector in a chain": {"heart_on_fire", "❤️‍🔥"},
	} {
		t.Run(name, func(t *testing.T) {
			emoji, ok := slackfmt.EmojiFromSlack(tc.slack)
			require.True(t, ok)
			require.Equal(t, tc.emoji, emoji)
			back, ok := slackfmt.EmojiToSlack(tc.emoji)
			require.True(t, ok)
			require.Equal(t, tc.slack, back)
		})
	}
}

func TestEmojiFromSlackTakesOtherNames(t *testing.T) {
	for name, emoji := range map[string]string{
		"thumbsup": "👍", ":thumbsup:": "👍", ":wave::skin-tone-2:": "👋🏻",
		"tada::skin-tone-2": "🎉", // has no tones: Slack shows it without
	} {
		got, ok := slackfmt.EmojiFromSlack(name)
		require.True(t, ok, name)
		require.Equal(t, emoji, got, name)
	}
	for _, name := range []string{
		"", ":", "party_parrot", "+1::skin-tone-1", "+1::skin-tone-7", "+1::skin-tone-", "+1::skin-tone-2-9",
		"+1::skin-tone-02", "handshake::skin-tone--2", "👍",
	} {
		got, ok := slackfmt.EmojiFromSlack(name)
		require.False(t, ok, "%q gave %q", name, got)
	}
}

func TestEmojiToSlackWithoutVariationSelectors(t *testing.T) {
	for emoji, name := range map[string]string{
		"❤": "heart", "❤️": "heart", "1⃣": "one", "🕵🏼‍♂": "male-detective::skin-tone-3", "👍️": "+1", "☝": "point_up",
	} {
		got, ok := slackfmt.EmojiToSlack(emoji)
		require.True(t, ok, emoji)
		require.Equal(t, name, got, emoji)
	}
	for _, emoji := range []string{"", "a", "👍👍", ":+1:", "mxc://example.org/x", "\ufe0f"} {
		got, ok := slackfmt.EmojiToSlack(emoji)
		require.False(t, ok, "%q gave %q", emoji, got)
	}
}

// TestEmojiTable reads every line of the table: each name gives the emoji, and
// each emoji a name that gives it again.
func TestEmojiTable(t *testing.T) {
	table, err := os.ReadFile("emoji.tsv")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	require.Contains(t, lines[0], "emoji-datasource 16.0.0")
	require.Greater(t, len(lines), 1900)
	for _, line := range lines[1:] {
		columns := strings.Split(line, "\t")
		require.Len(t, columns, 3, line)
		names := strings.Split(columns[1], ",")
		var emoji string
		for _, name := range names {
			got, ok := slackfmt.EmojiFromSlack(name)
			require.True(t, ok, line)
			require.True(t, emoji == "" || emoji == got, line)
			emoji = got
		}
		back, ok := slackfmt.EmojiToSlack(emoji)
		require.True(t, ok, line)
		require.Equal(t, names[0], back)
	}
}
