package slackfmt

import (
	"strconv"
	"strings"
	"time"
)

// control reads the control sequence that text begins with, `<…>`, and says how
// long it is; 0 when there is none (Slack docs: "Formatting text for app
// surfaces", retrieving messages).
func (r *slackReader) control(text string, look style) (runs []inline, size int) {
	end := strings.IndexByte(text, '>')
	if end < 2 || strings.ContainsAny(text[1:end], "<\n") {
		return nil, 0
	}
	target, label, _ := strings.Cut(text[1:end], "|")
	target, label = unescaper.Replace(target), unescaper.Replace(label)
	switch rest := target[min(1, len(target)):]; {
	case rest == "":
		return nil, 0
	case target[0] == '@':
		return []inline{r.user(rest, strings.TrimPrefix(label, "@"), look)}, end + 1
	case target[0] == '#':
		return []inline{r.channel(rest, strings.TrimPrefix(label, "#"), look)}, end + 1
	case target[0] == '!':
		return r.special(rest, label, look), end + 1
	case !strings.Contains(target, ":"):
		return nil, 0
	}
	return styled(r.link(target, r.labelled(label)), func(s *style) { *s = look }), end + 1
}

// labelled reads the text of a link, in which emoji are the only markup.
func (r *slackReader) labelled(label string) []inline {
	return plainRuns(expandEmoji(label))
}

// special reads what follows "<!".
func (r *slackReader) special(command, label string, look style) []inline {
	name, argument, _ := strings.Cut(command, "^")
	switch name {
	case "here", "channel", "everyone":
		return []inline{r.everybody(name, look)}
	case "group":
		return []inline{r.everybody("channel", look)}
	case "subteam":
		if argument != "" {
			return []inline{r.userGroup(argument, label, look)}
		}
	case "date":
		stamp, rest, _ := strings.Cut(argument, "^")
		format, address, _ := strings.Cut(rest, "^")
		if runs := r.date(stamp, format, address, label, look); runsText(runs) != "" {
			return runs
		}
	}
	if label == "" {
		label = "<!" + command + ">"
	}
	return []inline{{text: label, style: look}}
}

// date is a moment that Slack shows in the reader's own time zone. Matrix has
// nothing like it, so the sender's own wording stands, else UTC.
func (r *slackReader) date(stamp, format, address, fallback string, look style) []inline {
	text := fallback
	if seconds, err := strconv.ParseInt(stamp, 10, 64); text == "" && err == nil {
		text = formatDate(time.Unix(seconds, 0).UTC(), format)
	}
	if text == "" {
		text = format
	}
	runs := []inline{{text: text, style: look}}
	if address != "" {
		return link(address, runs)
	}
	return runs
}

// formatDate fills Slack's date tokens (Slack docs: "Formatting text for app
// surfaces", date formatting).
func formatDate(at time.Time, format string) string {
	if format == "" {
		format = "{date_num} {time}"
	}
	timed := strings.Contains(format, "{time") || strings.Contains(format, "{ago}")
	pairs := []string{}
	for token, layout := range map[string]string{
		"date_num": "2006-01-02", "date": "January 2, 2006", "date_short": "Jan 2, 2006",
		"date_long": "Monday, January 2, 2006", "date_pretty": "January 2, 2006",
		"date_short_pretty": "Jan 2, 2006", "date_long_pretty": "Monday, January 2, 2006",
		"date_slash": "01/02/2006", "day_divider_pretty": "Monday, January 2, 2006",
		"time": "15:04", "time_secs": "15:04:05", "ago": "2006-01-02 15:04",
	} {
		pairs = append(pairs, "{"+token+"}", at.Format(layout))
	}
	text := strings.NewReplacer(pairs...).Replace(format)
	if timed {
		text += " UTC"
	}
	return text
}
