// Package emoji knows the standard emoji by the names that Slack uses (those of
// the emoji-data project). It must not know a workspace's custom emoji.
package emoji

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"unicode/utf8"

	"go.mau.fi/util/emojishortcodes"
)

// aliases are second names under which Slack takes an emoji; it stores the first.
var aliases = map[string]string{
	"thumbsup": "+1", "thumbsdown": "-1", "poop": "hankey", "shit": "hankey", "satisfied": "laughing",
	"facepunch": "punch", "hooray": "tada", "raised_hand": "hand", "collision": "boom", "running": "runner",
	"honeybee": "bee", "envelope": "email", "memo": "pencil", "telephone": "phone", "waxing_gibbous_moon": "moon",
	"red_car": "car", "sailboat": "boat", "lantern": "izakaya_lantern", "flipper": "dolphin", "paw_prints": "feet",
	"shoe": "mans_shoe", "book": "open_book", "heavy_exclamation_mark": "exclamation", "knife": "hocho",
}

// byName maps a name to the emoji itself.
var byName = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for unicode, name := range emojishortcodes.GetMap() {
		out[name] = unicode
	}
	for alias, name := range aliases {
		if unicode, ok := out[name]; ok {
			if _, taken := out[alias]; !taken {
				out[alias] = unicode
			}
		}
	}
	return out
})

// All returns every standard emoji by its names, aliases included.
func All() map[string]string { return maps.Clone(byName()) }

// Standard reports whether a name (without colons or skin tone) is a standard
// emoji's, and under which name Slack keeps it.
func Standard(name string) (canonical string, ok bool) {
	unicode, ok := byName()[name]
	if !ok {
		return "", false
	}
	if first := emojishortcodes.Get(unicode); first != "" {
		return first, true
	}
	return name, true
}

// SplitTone separates `name::skin-tone-N` into name and tone (2 to 6, 0 for none).
func SplitTone(name string) (base string, tone int, ok bool) {
	base, suffix, found := strings.Cut(name, "::")
	if !found {
		return name, 0, true
	}
	if _, err := fmt.Sscanf(suffix, "skin-tone-%d", &tone); err != nil || tone < 2 || tone > 6 || suffix != fmt.Sprintf("skin-tone-%d", tone) {
		return "", 0, false
	}
	return base, tone, true
}

// Hex returns a standard emoji as dash-separated code points, as rich text's
// emoji elements carry it, or "".
func Hex(name string) string {
	base, tone, ok := SplitTone(name)
	if !ok {
		return ""
	}
	var parts []string
	for _, r := range byName()[base] {
		parts = append(parts, fmt.Sprintf("%04x", r))
	}
	if tone > 0 && len(parts) > 0 {
		parts = append(parts, fmt.Sprintf("%x", 0x1F3FB+tone-2))
	}
	return strings.Join(parts, "-")
}

// longest is the most runes that one emoji is made of.
const longest = 10

// ToNames replaces the emoji in text by `:name:`, as Slack does when it stores a
// message.
func ToNames(text string) string {
	if isASCII(text) {
		return text
	}
	runes := []rune(text)
	var out strings.Builder
	for i := 0; i < len(runes); {
		if name, n := match(runes[i:]); n > 0 {
			out.WriteString(":" + name + ":")
			i += n
			continue
		}
		out.WriteRune(runes[i])
		i++
	}
	return out.String()
}

// begins are the runes with which emoji begin. Looking one up takes a while, and most text has none.
var begins = sync.OnceValue(func() map[rune]bool {
	out := map[rune]bool{}
	for unicode := range emojishortcodes.GetMap() {
		first, _ := utf8.DecodeRuneInString(unicode)
		out[first] = true
	}
	return out
})

// match finds the longest emoji at the beginning of runes.
func match(runes []rune) (name string, n int) {
	if runes[0] < 0x203C || !begins()[runes[0]] {
		return "", 0
	}
	for n := min(longest, len(runes)); n > 0; n-- {
		name := emojishortcodes.Get(string(runes[:n]))
		if name == "" {
			continue
		}
		for _, r := range runes[:n] {
			if r >= 0x1F3FB && r <= 0x1F3FF && n > 1 {
				return fmt.Sprintf("%s::skin-tone-%d", name, r-0x1F3FB+2), n
			}
		}
		return name, n
	}
	return "", 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
