package web

import (
	"encoding/json"
	"slices"
)

// richElement is an element of a rich_text block, of any type (Slack docs: rich
// text block).
type richElement struct {
	Type      string          `json:"type"`
	Elements  []richElement   `json:"elements"`
	Style     json.RawMessage `json:"style"`
	Text      *string         `json:"text"`
	URL       string          `json:"url"`
	Name      string          `json:"name"`
	UserID    string          `json:"user_id"`
	GroupID   string          `json:"usergroup_id"`
	ChannelID string          `json:"channel_id"`
	TeamID    string          `json:"team_id"`
	Range     string          `json:"range"`
	Timestamp *json.Number    `json:"timestamp"`
	Format    string          `json:"format"`
	Value     string          `json:"value"`
}

// styleNames are the keys of an inline element's style.
var styleNames = []string{"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}

// checkRichText returns what is wrong with the elements of a rich_text block.
func checkRichText(raw json.RawMessage) string {
	var elements []richElement
	if raw == nil || json.Unmarshal(raw, &elements) != nil {
		return "invalid elements"
	}
	if len(elements) == 0 {
		return "missing required field: elements"
	}
	for _, e := range elements {
		if problem := e.checkContainer(); problem != "" {
			return problem
		}
	}
	return ""
}

func (e richElement) checkContainer() string {
	switch e.Type {
	case "rich_text_section", "rich_text_quote":
		return checkInline(e.Elements)
	case "rich_text_preformatted":
		for _, inner := range e.Elements {
			if inner.Type != "text" && inner.Type != "link" {
				return "unsupported type in rich_text_preformatted: " + inner.Type
			}
		}
		return checkInline(e.Elements)
	case "rich_text_list":
		var style string
		if json.Unmarshal(e.Style, &style) != nil || (style != "bullet" && style != "ordered") {
			return "style of a list must be bullet or ordered"
		}
		for _, item := range e.Elements {
			if item.Type != "rich_text_section" {
				return "unsupported type in rich_text_list: " + item.Type
			}
			if problem := checkInline(item.Elements); problem != "" {
				return problem
			}
		}
		return ""
	}
	return "unsupported type in rich_text: " + e.Type
}

func checkInline(elements []richElement) string {
	for _, e := range elements {
		if problem := e.checkInline(); problem != "" {
			return problem
		}
	}
	return ""
}

func (e richElement) checkInline() string {
	missing := ""
	switch e.Type {
	case "text":
		if e.Text == nil {
			missing = "text"
		} else if *e.Text == "" {
			return "must be more than 0 characters: text"
		}
	case "link":
		missing = need(e.URL, "url")
	case "emoji":
		missing = need(e.Name, "name")
	case "user":
		missing = need(e.UserID, "user_id")
	case "usergroup":
		missing = need(e.GroupID, "usergroup_id")
	case "channel":
		missing = need(e.ChannelID, "channel_id")
	case "team":
		missing = need(e.TeamID, "team_id")
	case "color":
		missing = need(e.Value, "value")
	case "broadcast":
		if !slices.Contains([]string{"here", "channel", "everyone"}, e.Range) {
			return "range must be here, channel or everyone"
		}
	case "date":
		if missing = need(e.Format, "format"); e.Timestamp == nil {
			missing = "timestamp"
		}
	default:
		return "unsupported type: " + e.Type
	}
	if missing != "" {
		return "missing required field: " + missing
	}
	return e.checkStyle()
}

func need(value, name string) string {
	if value == "" {
		return name
	}
	return ""
}

func (e richElement) checkStyle() string {
	if e.Style == nil {
		return ""
	}
	var style map[string]bool
	if json.Unmarshal(e.Style, &style) != nil {
		return "invalid style"
	}
	for name := range style {
		if !slices.Contains(styleNames, name) {
			return "unsupported style: " + name
		}
	}
	return ""
}
