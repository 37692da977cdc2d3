package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// blockChecks are what each type of block must have (Slack docs: Block Kit
// reference, and the types of @slack/types). Of those that have none here Slack
// documents nothing that could be checked. An alert is for modals alone.
func blockChecks() map[string]func(object) *flaw {
	return map[string]func(object) *flaw{
		"rich_text": checkRich, "section": checkSection, "divider": nil, "header": checkHeader, "markdown": checkMarkdown,
		"image":   func(o object) *flaw { return first(checkImage(o), o.text("title", 2000, false, "plain_text")) },
		"actions": func(o object) *flaw { return first(o.each("elements", 1, 25, among(inActions)), o.sameAction()) },
		"context": func(o object) *flaw { return o.each("elements", 1, 10, among(inContext)) },
		"context_actions": func(o object) *flaw {
			return first(o.each("elements", 1, 5, among(inContextAction)), o.sameAction())
		},
		"input": checkInput, "video": checkVideo, "table": checkTable, "data_table": checkDataTable,
		"file": func(o object) *flaw { return first(o.str("external_id", 255, true), o.oneOf("source", true, "remote")) },
		"call": func(o object) *flaw { return o.str("call_id", 255, true) },
		"card": checkCard, "carousel": checkCarousel, "container": checkContainer, "task_card": checkTask, "plan": checkPlan,
		"layout": nil, "data_visualization": nil,
	}
}

// checkBlock returns what is wrong with a block of one of the types, all if none
// are named.
func checkBlock(o object, types ...string) *flaw {
	kind, f := o.kind()
	if f != nil {
		return f
	}
	check, known := blockChecks()[kind]
	if !known || (len(types) > 0 && !slices.Contains(types, kind)) {
		return &flaw{"/type", "unsupported type: " + kind}
	}
	if f := o.str("block_id", 255, false); f != nil || check == nil {
		return f
	}
	return check(o)
}

func checkRich(o object) *flaw {
	if problem := checkRichText(o["elements"]); problem != "" {
		return &flaw{what: problem}
	}
	return nil
}

func checkSection(o object) *flaw {
	_, hasFields := o["fields"]
	if hasFields {
		f := o.each("fields", 1, 10, func(raw json.RawMessage) *flaw { return checkText(raw, 2000, "plain_text", "mrkdwn") })
		if f != nil {
			return f
		}
	}
	return first(o.text("text", 3000, !hasFields, "plain_text", "mrkdwn"),
		o.part("accessory", false, func(e object) *flaw { return elementIn(inAccessory, e) }))
}

func checkHeader(o object) *flaw { return o.text("text", 150, true, "plain_text") }

func checkMarkdown(o object) *flaw { return o.str("text", maxMarkdown, true) }

func checkInput(o object) *flaw {
	return first(o.text("label", 2000, true, "plain_text"), o.text("hint", 2000, false, "plain_text"),
		o.part("element", true, func(e object) *flaw { return elementIn(inInput, e) }))
}

func checkVideo(o object) *flaw {
	return first(o.str("video_url", 3000, true), o.str("thumbnail_url", 3000, true), o.str("alt_text", 2000, true),
		o.text("title", 199, true, "plain_text"), o.str("author_name", 49, false), o.text("description", 3000, false, "plain_text"))
}

func checkTable(o object) *flaw { return o.each("rows", 1, 100, checkRow) }

func checkDataTable(o object) *flaw {
	return first(o.str("caption", 3000, true), o.each("rows", 1, 1000, checkRow))
}

// checkRow checks a row's cells.
func checkRow(raw json.RawMessage) *flaw {
	row := object{"cells": raw}
	f := row.each("cells", 1, 20, func(raw json.RawMessage) *flaw {
		cell, f := objectOf(raw)
		if f != nil {
			return f
		}
		switch kind, f := cell.kind(); {
		case f != nil:
			return f
		case kind == "rich_text":
			return checkRich(cell)
		case kind == "raw_text":
			return cell.str("text", 3000, false)
		case kind == "raw_number":
			return cell.need("value")
		default:
			return &flaw{"/type", "unsupported type: " + kind}
		}
	})
	if f != nil {
		f.at = strings.TrimPrefix(f.at, "/cells")
	}
	return f
}

func checkCard(o object) *flaw {
	if o["hero_image"] == nil && o["title"] == nil && o["actions"] == nil && o["body"] == nil {
		return lacks("hero_image, title, actions or body")
	}
	if o["actions"] != nil {
		if f := o.each("actions", 1, 25, among("button")); f != nil {
			return f
		}
	}
	return first(o.part("hero_image", false, checkImage), o.part("icon", false, checkImage),
		o.text("title", 150, false, "plain_text", "mrkdwn"), o.text("subtitle", 150, false, "plain_text", "mrkdwn"),
		o.text("body", 200, false, "plain_text", "mrkdwn"))
}

// blocksOf returns a check of a block of one of the types, for blocks in blocks.
func blocksOf(types ...string) func(json.RawMessage) *flaw {
	return func(raw json.RawMessage) *flaw {
		o, f := objectOf(raw)
		if f != nil {
			return f
		}
		return checkBlock(o, types...)
	}
}

func checkCarousel(o object) *flaw { return o.each("elements", 1, 10, blocksOf("card")) }

func checkContainer(o object) *flaw {
	children := blocksOf("actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video")
	return first(o.text("title", 150, o["rich_text_title"] == nil, "plain_text"), o.part("rich_text_title", false, checkRich),
		o.text("subtitle", 150, false, "plain_text", "mrkdwn"), o.part("icon", false, checkImage),
		o.oneOf("width", false, "narrow", "standard", "wide", "full"), o.each("child_blocks", 1, 10, children))
}

func checkTask(o object) *flaw {
	return first(o.str("task_id", 255, true), o.str("title", 3000, true), o.part("details", false, checkRich), o.part("output", false, checkRich),
		o.oneOf("status", true, "pending", "in_progress", "complete", "error"))
}

func checkPlan(o object) *flaw {
	if f := o.str("title", 3000, true); f != nil || o["tasks"] == nil {
		return f
	}
	return o.each("tasks", 0, maxBlocks, blocksOf("task_card"))
}

// sameAction finds an action_id that two elements of a block share.
func (o object) sameAction() *flaw {
	seen := map[string]bool{}
	items, f := o.list("elements", 0, maxBlocks)
	if f != nil {
		return f
	}
	for i, raw := range items {
		var e struct {
			ActionID string `json:"action_id"`
		}
		if json.Unmarshal(raw, &e) != nil || e.ActionID == "" {
			continue
		}
		if seen[e.ActionID] {
			return &flaw{fmt.Sprintf("/elements/%d/action_id", i), "action_id " + e.ActionID + " already exists"}
		}
		seen[e.ActionID] = true
	}
	return nil
}

// sameBlock finds a block_id that two blocks share, those within others included.
func sameBlock(blocks []object) *flaw {
	seen := map[string]bool{}
	for i, o := range blocks {
		if f := o.idsOnce(seen); f != nil {
			return f.under(fmt.Sprintf("/%d", i))
		}
	}
	return nil
}

func (o object) idsOnce(seen map[string]bool) *flaw {
	var id string
	if json.Unmarshal(o["block_id"], &id) == nil && id != "" {
		if seen[id] {
			return &flaw{"/block_id", "block_id " + id + " already exists"}
		}
		seen[id] = true
	}
	for _, name := range []string{"child_blocks", "elements", "tasks"} {
		var inner []object
		if json.Unmarshal(o[name], &inner) != nil {
			continue
		}
		for i, child := range inner {
			if f := child.idsOnce(seen); f != nil {
				return f.under(fmt.Sprintf("/%s/%d", name, i))
			}
		}
	}
	return nil
}
