package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// The limits of a message's parts (Slack docs: chat.postMessage, Block Kit,
// message metadata).
const (
	maxMarkdown    = 12_000
	maxAttachments = 100
	maxMetadata    = 8 << 10
)

// content reads text, blocks, attachments and metadata of a new message.
func (c *Call) content(p *workspace.Post) error {
	var err error
	if p.Text, err = c.text(); err != nil {
		return err
	}
	if p.Blocks, err = c.blocks(); err != nil {
		return err
	}
	if p.Attachments, err = c.attachments(); err != nil {
		return err
	}
	if p.Metadata, err = c.metadata(); err != nil {
		return err
	}
	if empty(p.Blocks) {
		p.Blocks = nil
	}
	if empty(p.Attachments) {
		p.Attachments = nil
	}
	if strings.TrimSpace(p.Text) == "" && p.Blocks == nil && p.Attachments == nil {
		return workspace.Fail("no_text")
	}
	if c.arg("markdown_text") != "" {
		p.Blocks, err = json.Marshal([]any{map[string]any{"type": "markdown", "text": p.Text}})
	}
	return err
}

func empty(raw json.RawMessage) bool {
	t := string(bytes.TrimSpace(raw))
	return t == "" || t == "[]" || t == "null"
}

// text is the text or, in its place, the Markdown of a message.
func (c *Call) text() (string, error) {
	md := c.arg("markdown_text")
	if md == "" {
		return c.arg("text"), nil
	}
	if c.arg("text") != "" || c.raw("blocks") != nil {
		return "", workspace.Fail("markdown_text_conflict")
	}
	if utf8.RuneCountInString(md) > maxMarkdown {
		return "", workspace.Fail("msg_blocks_too_long")
	}
	return md, nil
}

// attachments reads the attachments argument: a JSON list of objects.
func (c *Call) attachments() (json.RawMessage, error) {
	raw := c.raw("attachments")
	if raw == nil {
		return nil, nil
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, workspace.Fail("invalid_attachments")
	}
	if len(list) > maxAttachments {
		return nil, workspace.Fail("too_many_attachments")
	}
	for i, a := range list {
		var inner []object
		if raw := a["blocks"]; raw != nil && json.Unmarshal(raw, &inner) != nil {
			return nil, workspace.Fail("invalid_attachments")
		}
		if f := checkBlocks(inner); f != nil {
			return nil, workspace.Fail("invalid_attachments", fmt.Sprintf("[ERROR] %s [json-pointer:/attachments/%d/blocks%s]", f.what, i, f.at))
		}
		if _, ok := a["id"]; !ok {
			a["id"] = encode(i + 1)
		}
		if _, ok := a["fallback"]; !ok {
			a["fallback"] = encode("[no preview available]")
		}
	}
	return encode(list), nil
}

// metadata reads the metadata argument; nil when there is none or it is empty.
func (c *Call) metadata() (*workspace.Metadata, error) {
	raw := c.raw("metadata")
	if raw == nil || string(bytes.TrimSpace(raw)) == "{}" {
		return nil, nil
	}
	var m struct {
		EventType    *string                    `json:"event_type"`
		EventPayload map[string]json.RawMessage `json:"event_payload"`
		Entities     json.RawMessage            `json:"entities"`
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.EventType == nil || *m.EventType == "" || m.EventPayload == nil {
		return nil, workspace.Fail("invalid_metadata_format")
	}
	if len(raw) > maxMetadata {
		return nil, workspace.Fail("metadata_too_large")
	}
	for _, v := range m.EventPayload {
		if !flat(v, true) {
			return nil, workspace.Fail("invalid_metadata_schema")
		}
	}
	return &workspace.Metadata{EventType: *m.EventType, EventPayload: encode(m.EventPayload)}, nil
}

// flat says whether a payload's value is a plain value, a flat object, or a list
// of those.
func flat(raw json.RawMessage, nested bool) bool {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(raw, &object) == nil && object != nil:
		if !nested {
			return false
		}
		for _, v := range object {
			if !flat(v, false) {
				return false
			}
		}
	case json.Unmarshal(raw, &list) == nil && list != nil:
		for _, v := range list {
			if !flat(v, nested) {
				return false
			}
		}
	}
	return true
}

// edit reads the arguments of chat.update.
func (c *Call) edit(channel string) (workspace.Edit, error) {
	e := workspace.Edit{Actor: c.Actor, Channel: channel, Broadcast: c.flag("reply_broadcast")}
	ts, ok := timestamp(c.arg("ts"))
	if !ok {
		return e, workspace.Fail("message_not_found")
	}
	e.TS = ts
	text, err := c.text()
	if err != nil {
		return e, err
	}
	if utf8.RuneCountInString(text) > maxUpdate && c.arg("markdown_text") == "" {
		return e, workspace.Fail("msg_too_long")
	}
	if text != "" {
		e.Text = &text
	}
	if e.Blocks, err = c.blocks(); err != nil {
		return e, err
	}
	if e.Attachments, err = c.attachments(); err != nil {
		return e, err
	}
	if e.Metadata, err = c.metadata(); err != nil {
		return e, err
	}
	e.ClearMetadata = c.has("metadata") && e.Metadata == nil
	if e.Files, err = c.ids("file_ids"); err != nil {
		return e, err
	}
	if e.Text == nil && e.Blocks == nil && e.Attachments == nil && e.Files == nil && !c.has("metadata") {
		return e, workspace.Fail("no_text")
	}
	return e, nil
}
