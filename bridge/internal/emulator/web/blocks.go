package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// The limits of blocks in messages (Slack docs: Block Kit reference). maxContent
// is undocumented: what all blocks of a message may hold together.
const (
	maxBlocks  = 50
	maxContent = 13_200
)

// blockTypes are the block types that messages take, with the longest text of
// their `text` object, 0 where they have none.
var blockTypes = map[string]int{
	"rich_text": 0, "section": 3000, "divider": 0, "image": 0, "actions": 0, "context": 0, "context_actions": 0, "file": 0,
	"header": 150, "video": 0, "markdown": maxMarkdown, "table": 0, "call": 0, "card": 0, "carousel": 0, "alert": 0,
	"container": 0, "layout": 0, "plan": 0, "task_card": 0, "data_table": 0, "data_visualization": 0, "input": 3000,
}

// blocks reads and checks the blocks argument, and gives each block an id.
func (c *Call) blocks() (json.RawMessage, error) {
	raw := c.raw("blocks")
	if raw == nil {
		return nil, nil
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, workspace.Fail("invalid_blocks_format")
	}
	if len(list) > maxBlocks {
		return nil, workspace.Fail("invalid_blocks", "[ERROR] no more than 50 items allowed [json-pointer:/blocks]")
	}
	total := 0
	for i, block := range list {
		if problem := checkBlock(block); problem != "" {
			return nil, workspace.Fail("invalid_blocks", fmt.Sprintf("[ERROR] %s [json-pointer:/blocks/%d]", problem, i))
		}
		total += textSize(block)
		if _, ok := block["block_id"]; !ok {
			block["block_id"] = encode("e" + strconv.FormatInt(int64(i)*7919+36*36*36, 36))
		}
	}
	if total > maxContent {
		return nil, workspace.Fail("msg_blocks_too_long")
	}
	return encode(list), nil
}

// checkBlock returns what is wrong with a block, "" if nothing.
func checkBlock(block map[string]json.RawMessage) string {
	var kind string
	if json.Unmarshal(block["type"], &kind) != nil {
		return "missing required field: type"
	}
	most, known := blockTypes[kind]
	if !known {
		return "unsupported type: " + kind
	}
	var id string
	if raw, ok := block["block_id"]; ok && (json.Unmarshal(raw, &id) != nil || len(id) > 255) {
		return "must be less than 256 characters: block_id"
	}
	if problem := checkParts(kind, block); problem != "" {
		return problem
	}
	if text := textOf(block["text"]); most > 0 && utf8.RuneCountInString(text) > most {
		return fmt.Sprintf("must be less than %d characters", most+1)
	}
	return ""
}

// checkParts checks what each type of block must have.
func checkParts(kind string, block map[string]json.RawMessage) string {
	switch kind {
	case "section":
		if block["text"] == nil && block["fields"] == nil {
			return "missing required field: text"
		}
		if block["text"] != nil {
			return checkText(block["text"], "plain_text", "mrkdwn")
		}
	case "header":
		return checkText(block["text"], "plain_text")
	case "markdown":
		if textOf(block["text"]) == "" {
			return "missing required field: text"
		}
	case "image":
		if (textOf(block["image_url"]) == "" && block["slack_file"] == nil) || textOf(block["alt_text"]) == "" {
			return "missing required field: image_url, slack_file or alt_text"
		}
	case "rich_text":
		return checkRichText(block["elements"])
	case "context", "actions":
		var elements []json.RawMessage
		if json.Unmarshal(block["elements"], &elements) != nil || len(elements) == 0 {
			return "missing required field: elements"
		}
		if most := map[string]int{"context": 10, "actions": 25}[kind]; len(elements) > most {
			return fmt.Sprintf("no more than %d items allowed", most)
		}
	}
	return ""
}

// checkText checks a text object.
func checkText(raw json.RawMessage, kinds ...string) string {
	var object struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	switch {
	case raw == nil || json.Unmarshal(raw, &object) != nil || object.Text == nil:
		return "missing required field: text"
	case !slices.Contains(kinds, object.Type):
		return "must be one of " + strings.Join(kinds, ", ")
	case *object.Text == "":
		return "must be more than 0 characters"
	}
	return ""
}

// textOf returns the text of a text object or a plain string.
func textOf(raw json.RawMessage) string {
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		return plain
	}
	var object struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	return object.Text
}

// textSize counts the characters of every `text` within a block.
func textSize(block map[string]json.RawMessage) int {
	var v any
	if json.Unmarshal(encode(block), &v) != nil {
		return 0
	}
	return countText(v)
}

func countText(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if s, ok := inner.(string); ok && key == "text" {
				n += utf8.RuneCountInString(s)
				continue
			}
			n += countText(inner)
		}
	case []any:
		for _, inner := range v {
			n += countText(inner)
		}
	}
	return n
}
