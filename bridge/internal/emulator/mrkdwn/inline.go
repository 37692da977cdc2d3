package mrkdwn

import (
	"maps"
	"regexp"
	"strconv"
	"strings"

	"ops-jrz1/bridge/internal/emulator/emoji"
)

// styles are the markers of inline formatting.
var styles = map[byte]string{'*': "bold", '_': "italic", '~': "strike", '`': "code"}

var emojiName = regexp.MustCompile(`^:([a-z0-9_+'-]+)(?:::(skin-tone-[2-6]))?:`)

// inline parses one run of text into elements that carry style.
func (c custom) inline(text string, style map[string]any) []Element {
	out := []Element{}
	start := 0
	flush := func(end int) {
		out = append(out, literal(text[start:end], style)...)
	}
	for i := 0; i < len(text); {
		if seq := controlAt(text[i:]); seq != "" {
			flush(i)
			out = append(out, sequence(seq, style))
			i += len(seq)
			start = i
			continue
		}
		if m := emojiAt(text[i:]); m != nil && style["code"] == nil {
			if e, ok := c.emojiElement(m[1], m[2]); ok {
				flush(i)
				out = append(out, withStyle(e, style))
				i += len(m[0])
				start = i
				continue
			}
		}
		name, marker := styles[text[i]]
		if end := closing(text, i); marker && end > 0 && style["code"] == nil {
			flush(i)
			inner := maps.Clone(style)
			if inner == nil {
				inner = map[string]any{}
			}
			inner[name] = true
			out = append(out, c.inline(text[i+1:end], inner)...)
			i = end + 1
			start = i
			continue
		}
		i++
	}
	flush(len(text))
	return out
}

// emojiAt returns name and tone of the emoji at the beginning of text, or nil.
func emojiAt(text string) []string {
	if text[0] != ':' {
		return nil
	}
	return emojiName.FindStringSubmatch(text)
}

// closing returns where the marker at text[i] is closed, or 0. A marker opens
// where a word may begin, so not in a path or a face such as ¯\_(ツ)_/¯, and before
// a non-space, and closes the other way round on the same line.
func closing(text string, i int) int {
	marker := text[i]
	if i+1 >= len(text) || text[i+1] == ' ' || text[i+1] == '\n' || text[i+1] == marker || (i > 0 && isWord(text[i-1]) && text[i-1] != '_') || (i > 0 && strings.IndexByte(`\/@)]}`, text[i-1]) >= 0) {
		return 0
	}
	for j := i + 2; j < len(text); j++ {
		if text[j] == '\n' {
			return 0
		}
		if text[j] == marker && text[j-1] != ' ' && (j+1 == len(text) || !isWord(text[j+1]) || text[j+1] == '_') {
			return j
		}
	}
	return 0
}

// literal is plain text as one element, or none.
func literal(text string, style map[string]any) []Element {
	if text == "" {
		return []Element{}
	}
	return []Element{withStyle(Element{"type": "text", "text": unescape(text)}, style)}
}

func withStyle(e Element, style map[string]any) Element {
	if len(style) > 0 {
		e["style"] = style
	}
	return e
}

// emojiElement is the element of a standard emoji, or of a custom one, which has no
// code points and no tones.
func (c custom) emojiElement(name, tone string) (Element, bool) {
	if _, ok := c[name]; ok && tone == "" {
		return Element{"type": "emoji", "name": name}, true
	}
	canonical, ok := emoji.Standard(name)
	if !ok {
		return nil, false
	}
	e := Element{"type": "emoji", "name": canonical, "unicode": emoji.Hex(canonical)}
	if tone != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(tone, "skin-tone-"))
		if err != nil {
			return nil, false
		}
		e["skin_tone"], e["unicode"] = n, emoji.Hex(canonical+"::"+tone)
	}
	return e, true
}

// sequence turns a control sequence into its element.
func sequence(seq string, style map[string]any) Element {
	body, label, labelled := strings.Cut(seq[1:len(seq)-1], "|")
	switch {
	case strings.HasPrefix(body, "@"):
		return withStyle(Element{"type": "user", "user_id": body[1:]}, style)
	case strings.HasPrefix(body, "#"):
		return withStyle(Element{"type": "channel", "channel_id": body[1:]}, style)
	case strings.HasPrefix(body, "!subteam^"):
		return withStyle(Element{"type": "usergroup", "usergroup_id": strings.TrimPrefix(body, "!subteam^")}, style)
	case strings.HasPrefix(body, "!date^"):
		return date(body, label, style)
	case strings.HasPrefix(body, "!"):
		return withStyle(Element{"type": "broadcast", "range": body[1:]}, style)
	}
	link := Element{"type": "link", "url": unescape(body)}
	if labelled {
		link["text"] = unescape(label)
	}
	return withStyle(link, style)
}

func date(body, fallback string, style map[string]any) Element {
	parts := strings.Split(body, "^")
	stamp := int64(0)
	if len(parts) > 1 {
		if n, err := strconv.ParseInt(parts[1], 10, 64); err == nil {
			stamp = n
		}
	}
	e := Element{"type": "date", "timestamp": stamp, "fallback": unescape(fallback)}
	if len(parts) > 2 {
		e["format"] = parts[2]
	}
	if len(parts) > 3 {
		e["url"] = parts[3]
	}
	return withStyle(e, style)
}
