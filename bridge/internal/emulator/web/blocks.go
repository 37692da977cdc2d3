package web

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// The limits of blocks in messages (Slack docs: Block Kit reference). maxContent
// is undocumented: what all blocks of a message may hold together.
const (
	maxBlocks  = 50
	maxContent = 13_200
)

// blocks reads and checks the blocks argument, and gives each block an id.
func (c *Call) blocks() (json.RawMessage, error) {
	raw := c.raw("blocks")
	if raw == nil {
		return nil, nil
	}
	var list []object
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, workspace.Fail("invalid_blocks_format")
	}
	if f := checkBlocks(list); f != nil {
		return nil, workspace.Fail("invalid_blocks", "[ERROR] "+f.what+" [json-pointer:/blocks"+f.at+"]")
	}
	total := 0
	for i, block := range list {
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

// checkBlocks returns what is wrong with the blocks of a message.
func checkBlocks(list []object) *flaw {
	if len(list) > maxBlocks {
		return &flaw{what: "no more than 50 items allowed"}
	}
	for i, block := range list {
		if f := checkBlock(block); f != nil {
			return f.under("/" + strconv.Itoa(i))
		}
	}
	return sameBlock(list)
}

// textSize counts the characters of every `text` within a block.
func textSize(block object) int {
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
