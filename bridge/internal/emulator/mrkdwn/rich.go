package mrkdwn

import (
	"encoding/json"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
)

// Element is one object of a rich_text block (Slack docs: rich text block).
type Element map[string]any

// custom is a workspace's own emoji by name.
type custom map[string]string

// RichText returns the blocks array that Slack generates from stored text: one
// rich_text block. Text that is empty gives nil. emoji are the workspace's own, by
// name: other names that are not standard stay text.
func RichText(text string, emoji map[string]string) json.RawMessage {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(text))
	block := Element{"type": "rich_text", "block_id": strconv.FormatUint(uint64(sum.Sum32()), 36), "elements": custom(emoji).sections(text)}
	raw, err := json.Marshal([]Element{block})
	if err != nil {
		return nil // strings and maps of them always encode
	}
	return raw
}

// sections splits text at code fences and gives the parts of each.
func (c custom) sections(text string) []Element {
	var out []Element
	for text != "" {
		before, rest, open := strings.Cut(text, "```")
		code, after, closed := strings.Cut(rest, "```")
		if !open || !closed || code == "" {
			return append(out, c.paragraphs(text)...)
		}
		if before = strings.TrimSuffix(before, "\n"); before != "" {
			out = append(out, c.paragraphs(before)...)
		}
		code = strings.TrimSuffix(strings.TrimPrefix(code, "\n"), "\n")
		out = append(out, Element{"type": "rich_text_preformatted", "elements": literal(code, nil), "border": 0})
		text = strings.TrimPrefix(after, "\n")
	}
	return out
}

var (
	bullet  = regexp.MustCompile(`^( *)[•◦▪] +(.*)$`)
	ordered = regexp.MustCompile(`^( *)(\d{1,4})\. +(.*)$`)
)

// lineKind tells apart what a line belongs to.
func lineKind(line string) (kind, content string, indent int) {
	if quoted, ok := strings.CutPrefix(line, "&gt;"); ok {
		return "quote", strings.TrimPrefix(quoted, " "), 0
	}
	if m := bullet.FindStringSubmatch(line); m != nil {
		return "bullet", m[2], len(m[1]) / 4
	}
	if m := ordered.FindStringSubmatch(line); m != nil {
		return "ordered", m[3], len(m[1]) / 4
	}
	return "section", line, 0
}

// paragraphs groups lines of one kind into the element that holds them.
func (c custom) paragraphs(text string) []Element {
	var out []Element
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		kind, _, indent := lineKind(lines[i])
		var group []string
		for ; i < len(lines); i++ {
			k, content, in := lineKind(lines[i])
			if k != kind || in != indent {
				break
			}
			group = append(group, content)
		}
		out = append(out, c.grouped(kind, group, indent, i < len(lines)))
	}
	return out
}

func (c custom) grouped(kind string, lines []string, indent int, more bool) Element {
	switch kind {
	case "bullet", "ordered":
		items := make([]Element, len(lines))
		for i, line := range lines {
			items[i] = Element{"type": "rich_text_section", "elements": c.inline(line, nil)}
		}
		return Element{"type": "rich_text_list", "style": kind, "indent": indent, "border": 0, "elements": items}
	case "quote":
		return Element{"type": "rich_text_quote", "elements": c.inline(strings.Join(lines, "\n"), nil)}
	default:
		text := strings.Join(lines, "\n")
		if more {
			text += "\n"
		}
		return Element{"type": "rich_text_section", "elements": c.inline(text, nil)}
	}
}
