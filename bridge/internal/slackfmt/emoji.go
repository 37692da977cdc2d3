package slackfmt

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// emojiTable has a line for each emoji: code points, names, skin tones. It is
// made by genemoji from emoji-datasource (MIT, emoji.LICENSE), whose short names
// are Slack's.
//
//go:embed emoji.tsv
var emojiTable string

// Slack calls the five skin tones U+1F3FB to U+1F3FF skin-tone-2 to skin-tone-6.
const (
	toneSeparator = "::skin-tone-"
	firstTone     = 0x1F3FB
	firstToneName = 2
	lastToneName  = 6
)

const variationSelector = "\ufe0f"

// emojiEntry is one line of the table.
type emojiEntry struct {
	unicode string
	// toned says that one skin tone may be given, pair is the pattern for two.
	toned bool
	pair  string
}

// emojiIndex is the table in both directions.
type emojiIndex struct {
	byName map[string]emojiEntry
	// byUnicode has Slack's name for an emoji without its variation selectors.
	byUnicode map[string]string
}

var emojis = sync.OnceValue(func() emojiIndex { return readEmojis(emojiTable) })

func readEmojis(data string) emojiIndex {
	index := emojiIndex{map[string]emojiEntry{}, map[string]string{}}
	for line := range strings.Lines(data) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 3 {
			continue
		}
		single, pair, _ := strings.Cut(columns[2], " ")
		if strings.Contains(single, "*") {
			single, pair = "", single
		}
		entry := emojiEntry{unicode: codePoints(columns[0]), toned: single != "", pair: pair}
		names := strings.Split(columns[1], ",")
		for _, name := range names {
			index.byName[name] = entry
		}
		index.addUnicode(names[0], entry)
	}
	return index
}

// addUnicode makes an emoji and its skin tones findable by their characters.
func (x emojiIndex) addUnicode(name string, entry emojiEntry) {
	x.byUnicode[bare(entry.unicode)] = name
	for tone := firstToneName; tone <= lastToneName; tone++ {
		if entry.toned {
			x.byUnicode[bare(withTone(entry.unicode, tone))] = name + toneSeparator + strconv.Itoa(tone)
		}
		for other := firstToneName; other <= lastToneName && entry.pair != ""; other++ {
			if tone == other && entry.toned {
				continue
			}
			x.byUnicode[bare(withTones(entry.pair, tone, other))] = name + toneSeparator + strconv.Itoa(tone) + "-" + strconv.Itoa(other)
		}
	}
}

// codePoints turns dash-separated hexadecimal code points into text; "" when one of
// them is not a code point.
func codePoints(unified string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(unified, "-") {
		point, err := strconv.ParseUint(part, 16, 32)
		if err != nil || !utf8.ValidRune(rune(point)) {
			return ""
		}
		b.WriteRune(rune(point))
	}
	return b.String()
}

// bare is an emoji without variation selectors, which some clients leave out.
func bare(emoji string) string { return strings.ReplaceAll(emoji, variationSelector, "") }

func toneRune(tone int) rune { return rune(firstTone + tone - firstToneName) }

// withTone puts a skin tone behind the first character, in the place of a
// variation selector.
func withTone(emoji string, tone int) string {
	_, size := utf8.DecodeRuneInString(emoji)
	return emoji[:size] + string(toneRune(tone)) + strings.TrimPrefix(emoji[size:], variationSelector)
}

// withTones fills a pattern of code points with two skin tones.
func withTones(pattern string, first, second int) string {
	hex := func(tone int) string { return strconv.FormatInt(int64(toneRune(tone)), 16) }
	return codePoints(strings.Replace(strings.Replace(pattern, "*", hex(first), 1), "*", hex(second), 1))
}

// EmojiFromSlack returns the characters of an emoji that Slack calls name, with
// or without colons: "thumbsup" or "+1", "wave::skin-tone-3". A fully qualified
// sequence is given (with variation selectors), which is what Matrix wants in
// the key of a reaction. ok is false for custom and unknown emoji.
func EmojiFromSlack(name string) (emoji string, ok bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(name, ":"), ":")
	base, tone, toned := strings.Cut(name, toneSeparator)
	entry, ok := emojis().byName[base]
	if !ok || !toned {
		return entry.unicode, ok
	}
	first, second, two := strings.Cut(tone, "-")
	a, okA := parseTone(first)
	b, okB := parseTone(second)
	switch {
	case !okA || two && !okB:
		return "", false
	case two && entry.pair != "":
		return withTones(entry.pair, a, b), true
	case !two && entry.toned:
		return withTone(entry.unicode, a), true
	case !two && entry.pair != "":
		return withTones(entry.pair, a, a), true
	}
	return entry.unicode, true
}

func parseTone(digits string) (tone int, ok bool) {
	tone, err := strconv.Atoi(digits)
	return tone, err == nil && len(digits) == 1 && tone >= firstToneName && tone <= lastToneName
}

// EmojiToSlack returns Slack's name for an emoji, without colons and with its
// skin tone ("+1::skin-tone-2"), whether or not it carries variation selectors.
// ok is false when Slack has no name for it.
func EmojiToSlack(emoji string) (name string, ok bool) {
	name, ok = emojis().byUnicode[bare(emoji)]
	return name, ok
}

// leadingEmoji reads the `:name:` that text begins with and says how long it is;
// 0 when there is none, or an unknown one.
func leadingEmoji(text string) (emoji string, size int) {
	name := emojiName(text)
	if name == "" {
		return "", 0
	}
	size = len(name) + 2
	if strings.HasPrefix(text[size:], toneSeparator[1:]) {
		tone := emojiName(text[size:])
		if toned, ok := EmojiFromSlack(name + "::" + tone); ok && tone != "" {
			return toned, size + len(tone) + 2
		}
	}
	emoji, ok := EmojiFromSlack(name)
	if !ok {
		return "", 0
	}
	return emoji, size
}

// emojiName is the name between the colons that text begins with, or "".
func emojiName(text string) string {
	if text == "" || text[0] != ':' {
		return ""
	}
	for i := 1; i < len(text) && i < 100; i++ {
		switch c := text[i]; {
		case c == ':':
			return text[1:i]
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_-+'", c) >= 0:
		case c >= utf8.RuneSelf:
		default:
			return ""
		}
	}
	return ""
}

// expandEmoji replaces every known `:name:` in text.
func expandEmoji(text string) string {
	if !strings.Contains(text, ":") {
		return text
	}
	var b strings.Builder
	last := 0
	for i := 0; i < len(text); {
		if emoji, size := leadingEmoji(text[i:]); size > 0 {
			b.WriteString(text[last:i] + emoji)
			i += size
			last = i
			continue
		}
		i++
	}
	return b.String() + text[last:]
}
