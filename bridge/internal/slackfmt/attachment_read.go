package slackfmt

import (
	"strconv"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/slackevent"
)

// isPreview says whether an attachment is the preview of a link to the web.
// Messages that are linked to or forwarded are not, nor is what apps put in place of a
// link.
func isPreview(a slackevent.Attachment) bool {
	return (a.FromURL != "" || a.OriginalURL != "") && !a.IsMsgUnfurl && !a.IsShare && !a.IsAppUnfurl
}

// attachment reads one attachment (Slack docs: "Legacy secondary message
// attachments") into its introduction and a quote of the rest.
func (r *slackReader) attachment(a slackevent.Attachment) []block {
	r = &slackReader{resolve: r.resolve, labels: r.labels, kinds: r.kinds, permalink: r.permalink, quiet: true}
	if a.IsMsgUnfurl || a.IsShare {
		r.permalink = firstOf(a.FromURL, r.permalink)
	}
	out := r.mrkdwn(a.Pretext)
	body := r.attachmentBody(a)
	if len(body) == 0 && len(out) == 0 {
		body = r.mrkdwn(a.Fallback)
	}
	if len(body) == 0 && len(out) == 0 {
		body = r.bare(a)
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
	for _, address := range []string{a.ImageURL, a.VideoURL} {
		if address != "" {
			out = append(out, asParagraph(link(address, plainRuns(imageName(address))))...)
		}
	}
	out = append(out, r.files(a.Files)...)
	out = append(out, r.items(a)...)
	actions, _ := objects(a.Actions)
	out = append(out, asParagraph(r.legacyActions(actions))...)
	if len(out) == 0 {
		return nil
	}
	return append(out, asParagraph(r.footer(a))...)
}

// files are lines that name a message's files and lead to where Slack shows them.
func (r *slackReader) files(files []slackevent.File) []block {
	var out []block
	for _, file := range files {
		name := r.label(firstOf(file.Title, file.Name, file.ID))
		out = append(out, asParagraph(link(file.Permalink, append(plainRuns("📎 "), name...)))...)
	}
	return out
}

// items are what another app or a list of Slack's shows of itself.
func (r *slackReader) items(a slackevent.Attachment) []block {
	var out []block
	preview := toObject(a.Preview)
	if title := join("\n", r.words(preview["title"]), r.words(preview["subtitle"])); len(title) > 0 {
		out = asParagraph(link(firstOf(a.URL, a.FromURL), title))
	}
	if a.List != nil {
		out = append(out, r.files([]slackevent.File{*a.List})...)
	}
	if a.Filename != "" {
		out = append(out, asParagraph(link(a.URL, append(plainRuns("📎 "), r.label(a.Filename)...)))...)
	}
	return out
}

// bare is what an attachment without text shows: what is usually next to its text, or
// else the colour of its border.
func (r *slackReader) bare(a slackevent.Attachment) []block {
	if footer := r.footer(a); len(footer) > 0 {
		return asParagraph(footer)
	}
	if address := firstOf(a.TitleLink, a.OriginalURL, a.FromURL, a.ServiceURL, a.AuthorLink); address != "" {
		return asParagraph(link(address, r.label(a.ServiceName)))
	}
	if a.ServiceName != "" {
		return asParagraph(r.label(a.ServiceName))
	}
	if address := firstOf(a.ThumbURL, a.AuthorIcon, a.FooterIcon, a.ServiceIcon); address != "" {
		return asParagraph(link(address, plainRuns(imageName(address))))
	}
	if a.Color == "" {
		return nil
	}
	look := style{}
	if hexColor.MatchString("#" + strings.TrimPrefix(a.Color, "#")) {
		look.color = "#" + strings.TrimPrefix(a.Color, "#")
	}
	return asParagraph([]inline{{text: "■ " + firstOf(look.color, clean(a.Color)), style: look}})
}

// firstOf is the first of several texts that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
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
	if a.AuthorSubname == a.AuthorName {
		return name
	}
	return join(" ", name, r.label(a.AuthorSubname))
}

func (r *slackReader) title(a slackevent.Attachment) []inline {
	title := r.label(a.Title)
	address := a.TitleLink
	if len(title) > 0 && address == "" && isPreview(a) {
		address = firstOf(a.OriginalURL, a.FromURL)
	}
	if address != "" {
		title = link(address, title)
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

// legacyActions are the buttons and menus of an attachment; a menu shows what is
// chosen in it.
func (r *slackReader) legacyActions(actions []object) []inline {
	parts := make([][]inline, len(actions))
	for i, action := range actions {
		label := r.label(action.first("text", "name"))
		var chosen [][]inline
		for _, option := range action.list("selected_options") {
			chosen = append(chosen, r.label(option.first("text", "value")))
		}
		if picked := join(", ", chosen...); len(picked) > 0 {
			label = picked
		}
		parts[i] = r.button(action.str("url"), label)
	}
	return row("  ", parts)
}

// footer says where and when it was said, and leads to it.
func (r *slackReader) footer(a slackevent.Attachment) []inline {
	parts := [][]inline{r.label(a.Footer)}
	if len(parts[0]) == 0 && a.ChannelName != "" {
		parts[0] = append(plainRuns("#"), r.label(a.ChannelName)...)
	}
	if at, ok := moment(a.TS); ok {
		parts = append(parts, plainRuns(minutes(at)))
	}
	if (a.IsMsgUnfurl || a.IsShare) && linkable(a.FromURL) {
		parts = append(parts, r.link(a.FromURL, plainRuns("view message")))
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

// minutes is a moment as people read it.
func minutes(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// imageName is the last part of a picture's address.
func imageName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	name := address[strings.LastIndexByte(address, '/')+1:]
	if name == "" {
		return "image"
	}
	return name
}
