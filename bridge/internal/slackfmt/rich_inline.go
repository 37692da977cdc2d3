package slackfmt

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// sectionElements writes runs as the inline elements of rich_text. Text in it is
// literal, so bare addresses become links and known `:names:` emoji here.
func sectionElements(runs []inline) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, run := range barred(merge(runs)) {
		look := richStyle(run.style)
		switch {
		case run.kind == userMention && run.id != "":
			out = append(out, slack.NewRichTextSectionUserElement(run.id, look))
		case run.kind == channelMention && run.id != "":
			out = append(out, slack.NewRichTextSectionChannelElement(run.id, look))
		case run.kind == groupMention && run.id != "":
			out = append(out, slack.NewRichTextSectionUserGroupElement(run.id))
		case run.kind == picture && run.id != "":
			out = append(out, slack.NewRichTextSectionEmojiElement(run.id, 0, look))
		case run.kind == broadcast:
			out = append(out, slack.NewRichTextSectionBroadcastElement(run.id))
		case run.kind == textRun && run.url != "" && utf8.RuneCountInString(run.url) <= maxLinkURL:
			text := run.text
			if text == run.url {
				text = ""
			}
			out = append(out, slack.NewRichTextSectionLinkElement(run.url, text, look))
		case run.style.code:
			out = append(out, slack.NewRichTextSectionTextElement(run.text, look))
		default:
			out = append(out, literal(run.text, look)...)
		}
	}
	return out
}

func richStyle(s style) *slack.RichTextSectionTextStyle {
	out := slack.RichTextSectionTextStyle{
		Bold: s.bold, Italic: s.italic, Strike: s.strike, Code: s.code, Underline: s.underline,
	}
	if out == (slack.RichTextSectionTextStyle{}) {
		return nil
	}
	return &out
}

// bareAddress finds what Slack would make a link of in plain text.
var bareAddress = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?'()\[\]{}*_~]`)

// literal writes text that has no link of its own.
func literal(text string, look *slack.RichTextSectionTextStyle) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	last := 0
	for _, at := range bareAddress.FindAllStringIndex(text, -1) {
		at[1] += closing(text[at[0]:at[1]], text[at[1]:])
		if last < at[0] {
			out = append(out, slack.NewRichTextSectionTextElement(expandEmoji(text[last:at[0]]), look))
		}
		out = append(out, slack.NewRichTextSectionLinkElement(text[at[0]:at[1]], "", look))
		last = at[1]
	}
	if last < len(text) {
		out = append(out, slack.NewRichTextSectionTextElement(expandEmoji(text[last:]), look))
	}
	return out
}

// closing is how many of the brackets behind an address belong to it, as in
// https://en.wikipedia.org/wiki/Slack_(software).
func closing(address, behind string) int {
	open := strings.Count(address, "(") - strings.Count(address, ")")
	n := 0
	for n < open && strings.HasPrefix(behind[n:], ")") {
		n++
	}
	return n
}

// needsRich says whether Slack's text alone would show a document wrongly:
// where there is formatting, and where a Matrix user typed characters that Slack
// would take for it.
func needsRich(blocks []block) bool {
	for _, b := range blocks {
		p, ok := b.(paragraph)
		if !ok {
			return true
		}
		for _, run := range p.runs {
			if richStyle(run.style) != nil || run.style.spoiler || (run.kind == textRun && run.url != "" && run.url != run.text) {
				return true
			}
		}
		text := typed(p.runs)
		if strings.ContainsAny(text, "*_~`") || strings.HasPrefix(text, ">") || strings.Contains(text, "\n>") {
			return true
		}
	}
	return false
}

// typed is the text in runs that Slack would look for markup in.
func typed(runs []inline) string {
	var b strings.Builder
	for _, run := range runs {
		if run.id == "" && run.url == "" {
			b.WriteString(run.text)
		} else {
			b.WriteRune(placeholder)
		}
	}
	return b.String()
}
