package slackfmt

import (
	"strconv"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/slackevent"
)

// attachment reads one attachment (Slack docs: "Legacy secondary message
// attachments") into its introduction and a quote of the rest.
//
// The preview of a web link is left out: Matrix clients make their own, and Slack
// adds it to a message later, which must not look like an edit. Messages that are
// linked to or forwarded, and what apps put in the place of a link, are shown.
func (r *slackReader) attachment(a slackevent.Attachment) []block {
	if (a.FromURL != "" || a.OriginalURL != "") && !a.IsMsgUnfurl && !a.IsShare && !a.IsAppUnfurl {
		return nil
	}
	r = &slackReader{resolve: r.resolve, quiet: true}
	var out []block
	if a.Pretext != "" {
		out = r.mrkdwn(a.Pretext)
	}
	body := r.attachmentBody(a)
	if len(body) == 0 && len(out) == 0 && a.Fallback != "" {
		body = r.mrkdwn(a.Fallback)
	}
	if len(body) == 0 {
		return out
	}
	return append(out, quote{blocks: body})
}

func (r *slackReader) attachmentBody(a slackevent.Attachment) []block {
	var out []block
	out = append(out, asParagraph(join("\n", r.author(a), r.title(a)))...)
	out = append(out, r.said(a)...)
	for _, field := range a.Fields {
		name := styled(r.label(field.Title), func(s *style) { s.bold = true })
		out = append(out, asParagraph(join("\n", name, lines(r.mrkdwn(field.Value))))...)
	}
	if a.ImageURL != "" {
		out = append(out, asParagraph(link(a.ImageURL, plainRuns(imageName(a.ImageURL))))...)
	}
	actions, _ := objects(a.Actions)
	out = append(out, asParagraph(r.legacyActions(actions))...)
	if len(out) == 0 {
		return nil
	}
	return append(out, asParagraph(r.footer(a))...)
}

// author is who is quoted.
func (r *slackReader) author(a slackevent.Attachment) []inline {
	name := r.label(a.AuthorName)
	if len(name) == 0 && a.AuthorID != "" {
		name = []inline{r.user(a.AuthorID, "", style{})}
	}
	if len(name) > 0 && a.AuthorLink != "" {
		name = link(a.AuthorLink, name)
	}
	name = styled(name, func(s *style) { s.bold = true })
	return join(" ", name, r.label(a.AuthorSubname))
}

func (r *slackReader) title(a slackevent.Attachment) []inline {
	title := r.label(a.Title)
	if a.TitleLink != "" {
		title = link(a.TitleLink, title)
	}
	return styled(title, func(s *style) { s.bold = true })
}

// said is the content itself: the blocks of a message or of the attachment, or
// its text.
func (r *slackReader) said(a slackevent.Attachment) []block {
	var out []block
	whole := true
	for _, message := range a.MessageBlocks {
		read, all := r.blockKit(message.Message.Blocks)
		out, whole = append(out, read...), whole && all
	}
	if len(out) == 0 {
		out, whole = r.blockKit(a.Blocks)
	}
	if len(out) == 0 || !whole {
		out = r.withText(out, a.Text)
	}
	return out
}

// legacyActions are the buttons and menus of an attachment.
func (r *slackReader) legacyActions(actions []object) []inline {
	parts := make([][]inline, len(actions))
	for i, action := range actions {
		parts[i] = button(action, r.label(action.first("text", "name")))
	}
	return join("  ", parts...)
}

// footer says where and when it was said, and leads to it.
func (r *slackReader) footer(a slackevent.Attachment) []inline {
	parts := [][]inline{r.label(a.Footer)}
	if len(parts[0]) == 0 && a.ChannelName != "" {
		parts[0] = plainRuns("#" + a.ChannelName)
	}
	if at, ok := moment(a.TS); ok {
		parts = append(parts, plainRuns(at.UTC().Format("2006-01-02 15:04 UTC")))
	}
	if (a.IsMsgUnfurl || a.IsShare) && linkable(a.FromURL) {
		parts = append(parts, link(a.FromURL, plainRuns("view message")))
	}
	return join(" · ", parts...)
}

// moment reads Unix seconds with or without a fraction.
func moment(ts string) (time.Time, bool) {
	whole, _, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

// imageName is the last part of a picture's address.
func imageName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	name := address[strings.LastIndexByte(address, '/')+1:]
	if name == "" {
		return "image"
	}
	return name
}
