// Package mrkdwn turns the text that people and apps send into what Slack stores:
// escaped text with its control sequences, and the rich_text block that clients
// make of it. It must not know users, channels or messages.
package mrkdwn

import (
	"regexp"
	"strings"

	"ops-jrz1/bridge/internal/emulator/emoji"
)

// control matches one control sequence of Slack's text (Slack docs: formatting
// text): a user, channel or group mention, a date, or a link.
var control = regexp.MustCompile(`^<(?:@[UWB][A-Z0-9]+(?:\|[^<>]*)?|#[CGD][A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|[A-Za-z][A-Za-z0-9+.-]*:[^<>|\s]+(?:\|[^<>]*)?)>`)

// bare matches an address that Slack makes a link of by itself.
var bare = regexp.MustCompile(`^https?://[^\s<>|]+`)

var entities = []string{"&amp;", "&lt;", "&gt;"}

// Stored returns text in the form in which Slack keeps it: control sequences and
// entities as they are, every other &, < and > escaped, bare addresses as links,
// emoji by name.
func Stored(text string) string {
	text = emoji.ToNames(text)
	var out strings.Builder
	for i := 0; i < len(text); {
		rest := text[i:]
		if seq := controlAt(rest); seq != "" {
			out.WriteString(seq)
			i += len(seq)
			continue
		}
		if link := bareLink(text, i); link != "" {
			out.WriteString("<" + strings.ReplaceAll(strings.ReplaceAll(link, "&amp;", "&"), "&", "&amp;") + ">")
			i += len(link)
			continue
		}
		piece := escaped(rest)
		out.WriteString(piece.out)
		i += piece.taken
	}
	return out.String()
}

// controlAt returns the control sequence at the beginning of text, or "".
func controlAt(text string) string {
	if text[0] != '<' {
		return ""
	}
	return control.FindString(text)
}

type piece struct {
	out   string
	taken int
}

// escaped treats the first character of rest.
func escaped(rest string) piece {
	switch rest[0] {
	case '<':
		return piece{"&lt;", 1}
	case '>':
		return piece{"&gt;", 1}
	case '&':
		for _, e := range entities {
			if strings.HasPrefix(rest, e) {
				return piece{e, len(e)}
			}
		}
		return piece{"&amp;", 1}
	}
	return piece{rest[:1], 1}
}

// bareLink returns the address at text[i:], without the punctuation that ends a
// sentence, if one begins there.
func bareLink(text string, i int) string {
	if text[i] != 'h' || (i > 0 && (isWord(text[i-1]) || text[i-1] == '<' || text[i-1] == '|')) {
		return ""
	}
	link := strings.TrimRight(bare.FindString(text[i:]), ".,;:!?)'\"*_~`")
	if !strings.Contains(link, "://") || strings.HasSuffix(link, "://") {
		return ""
	}
	return link
}

func isWord(b byte) bool {
	return b == '_' || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b >= 0x80
}

// unescape turns Slack's three entities back into characters.
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
