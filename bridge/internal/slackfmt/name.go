package slackfmt

import (
	"strings"
	"unicode"
)

// Topic translates a channel's topic or purpose, which Slack gives as mrkdwn and
// shows without styles, to plain text: "" when it says nothing.
func Topic(text string, resolve FromSlack) string {
	if resolve == nil {
		resolve = unknown{}
	}
	r := &slackReader{resolve: resolve, labels: labelsOf(Input{Text: text})}
	runs := r.label(text)
	for i := range runs {
		if runs[i].kind == userMention && !strings.HasPrefix(runs[i].text, "@") {
			runs[i].text = "@" + runs[i].text
		}
	}
	if plain := strings.TrimSpace(plainLine(runs)); isVisible(plain) {
		return plain
	}
	return ""
}

// Name translates the name of a person, an app, a channel or a workspace, which
// Slack escapes like any text, to one line: "" when it shows nothing.
func Name(name string) string { return OneLine(unescaper.Replace(name)) }

// OneLine makes a name fit into a line: it removes line breaks, control
// characters and the invisible characters with which a name can hide or pretend
// to be another. It is "" when the name shows nothing.
func OneLine(name string) string {
	if !isVisible(name) {
		return ""
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "\ufffd") {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !joins(r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// joins says whether an invisible character belongs to what is around it: those
// between emoji and letters, and the letters of a flag's name.
func joins(r rune) bool {
	return r == zeroWidthJoiner || r == '\u200c' || r >= 0xE0020 && r <= 0xE007F
}
