package emulator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlocks(t *testing.T) {
	e := start(t)
	rich := func(elements string) string { return `[{"type":"rich_text","elements":` + elements + `}]` }
	section := func(elements string) string {
		return rich(`[{"type":"rich_text_section","elements":` + elements + `}]`)
	}
	taken := map[string]string{
		"every inline element": section(`[{"type":"text","text":"a","style":{"bold":true,"italic":true,"strike":true,"code":true}},
			{"type":"link","url":"https://x.example","text":"x"},{"type":"emoji","name":"tada"},{"type":"user","user_id":"U1"},
			{"type":"usergroup","usergroup_id":"S1"},{"type":"channel","channel_id":"C1"},{"type":"broadcast","range":"here"},
			{"type":"date","timestamp":1700000000,"format":"{date}"},{"type":"color","value":"#fff"}]`),
		"nested lists are flat siblings": rich(`[{"type":"rich_text_list","style":"bullet","indent":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]}]},
			{"type":"rich_text_list","style":"ordered","indent":1,"offset":2,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]`),
		"quote and preformatted": rich(`[{"type":"rich_text_quote","elements":[{"type":"text","text":"q"}]},
			{"type":"rich_text_preformatted","border":0,"elements":[{"type":"text","text":"p"}]}]`),
		"section with fields": `[{"type":"section","fields":[{"type":"mrkdwn","text":"a"}]}]`,
		"header":              `[{"type":"header","text":{"type":"plain_text","text":"h"}}]`,
		"image":               `[{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}]`,
		"context":             `[{"type":"context","elements":[{"type":"mrkdwn","text":"c"},{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}]}]`,
		"every accessory of a section": sections(
			`{"type":"button","text":{"type":"plain_text","text":"Go"},"action_id":"go","style":"primary","url":"https://x.example",
				"confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"mrkdwn","text":"*Really*"}}}`,
			`{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}`,
			`{"type":"overflow","options":[{"text":{"type":"plain_text","text":"a"},"value":"a","url":"https://x.example"}]}`,
			`{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"*a*"},"value":"a"}]}`,
			`{"type":"datepicker","placeholder":{"type":"plain_text","text":"when"}}`,
			`{"type":"static_select","option_groups":[{"label":{"type":"plain_text","text":"g"},"options":[{"text":{"type":"plain_text","text":"a"},"value":"a"}]}]}`,
			`{"type":"multi_users_select"}`,
		),
		"actions": `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"a"},"action_id":"a"},
			{"type":"button","text":{"type":"plain_text","text":"b"},"action_id":"b"}]}]`,
		"input":           `[{"type":"input","label":{"type":"plain_text","text":"Name"},"element":{"type":"plain_text_input","action_id":"name"}}]`,
		"context actions": `[{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":{"type":"plain_text","text":"Delete"}}]}]`,
		"table":           `[{"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]]}]`,
		"carousel":        `[{"type":"carousel","elements":[{"type":"card","title":{"type":"mrkdwn","text":"t"},"actions":[{"type":"button","text":{"type":"plain_text","text":"a"}}]}]}]`,
		"container":       `[{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"divider"}]}]`,
		"plan":            `[{"type":"plan","title":"t","tasks":[{"type":"task_card","task_id":"1","title":"t","status":"pending"}]}]`,
		"two block ids":   `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"b"}]`,
	}
	for name, blocks := range taken {
		t.Run("taken: "+name, func(t *testing.T) {
			require.True(t, e.form("chat.postMessage", "channel", general, "blocks", blocks).ok())
		})
	}
	refused := map[string]string{
		"rich text without elements":      rich(`[]`),
		"an unknown container":            rich(`[{"type":"rich_text_poem","elements":[]}]`),
		"an inline element on top":        rich(`[{"type":"text","text":"a"}]`),
		"an unknown inline element":       section(`[{"type":"hologram"}]`),
		"an empty text":                   section(`[{"type":"text","text":""}]`),
		"a text without text":             section(`[{"type":"text"}]`),
		"a link without url":              section(`[{"type":"link","text":"x"}]`),
		"a user without id":               section(`[{"type":"user"}]`),
		"a broadcast to an unknown range": section(`[{"type":"broadcast","range":"all"}]`),
		"a date without format":           section(`[{"type":"date","timestamp":1}]`),
		"an unknown style":                section(`[{"type":"text","text":"a","style":{"blink":true}}]`),
		"a list without style":            rich(`[{"type":"rich_text_list","elements":[]}]`),
		"a list in a list":                rich(`[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_list","style":"bullet","elements":[]}]}]`),
		"an emoji in preformatted text":   rich(`[{"type":"rich_text_preformatted","elements":[{"type":"emoji","name":"tada"}]}]`),
		"a header in mrkdwn":              `[{"type":"header","text":{"type":"mrkdwn","text":"h"}}]`,
		"an empty section":                `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`,
		"an image without alt text":       `[{"type":"image","image_url":"https://x.example/i.png"}]`,
		"a context without elements":      `[{"type":"context","elements":[]}]`,
		"a block id that is too long":     `[{"type":"divider","block_id":"` + strings.Repeat("i", 256) + `"}]`,
		"an unknown block":                `[{"type":"hologram"}]`,
		"an alert, which is for modals":   `[{"type":"alert","text":{"type":"plain_text","text":"a"}}]`,
		"a block without type":            `[{"text":"a"}]`,
	}
	// What is wrong stands within a block: at is the pointer to it.
	within := map[string]struct{ blocks, at string }{
		"an empty button":                {sections(`{"type":"button","text":{"type":"plain_text","text":""}}`), "/blocks/0/accessory/text/text"},
		"a button without text":          {`[{"type":"actions","elements":[{"type":"button","action_id":"a"}]}]`, "/blocks/0/elements/0"},
		"a button in mrkdwn":             {sections(`{"type":"button","text":{"type":"mrkdwn","text":"a"}}`), "/blocks/0/accessory/text/type"},
		"a button text that is too long": {sections(`{"type":"button","text":{"type":"plain_text","text":"` + strings.Repeat("b", 76) + `"}}`), "/blocks/0/accessory/text/text"},
		"a button of an unknown style":   {sections(`{"type":"button","text":{"type":"plain_text","text":"a"},"style":"loud"}`), "/blocks/0/accessory/style"},
		"a confirmation without text":    {sections(`{"type":"button","text":{"type":"plain_text","text":"a"},"confirm":{}}`), "/blocks/0/accessory/confirm"},
		"an accessory of unknown type":   {sections(`{"type":"hologram"}`), "/blocks/0/accessory/type"},
		"an input as an accessory":       {sections(`{"type":"plain_text_input"}`), "/blocks/0/accessory/type"},
		"an image in actions":            {`[{"type":"actions","elements":[{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}]}]`, "/blocks/0/elements/0/type"},
		"a button in a context":          {`[{"type":"context","elements":[{"type":"button","text":{"type":"plain_text","text":"a"}}]}]`, "/blocks/0/elements/0/type"},
		"actions without elements":       {`[{"type":"actions","elements":[]}]`, "/blocks/0/elements"},
		"a menu without options":         {sections(`{"type":"static_select"}`), "/blocks/0/accessory"},
		"an option without value":        {sections(`{"type":"overflow","options":[{"text":{"type":"plain_text","text":"a"}}]}`), "/blocks/0/accessory/options/0"},
		"an action id twice in a block":  {`[{"type":"actions","elements":[{"type":"users_select","action_id":"a"},{"type":"users_select","action_id":"a"}]}]`, "/blocks/0/elements/1/action_id"},
		"an input without label":         {`[{"type":"input","element":{"type":"plain_text_input"}}]`, "/blocks/0"},
		"an input without element":       {`[{"type":"input","label":{"type":"plain_text","text":"Name"}}]`, "/blocks/0"},
		"a button as an input":           {`[{"type":"input","label":{"type":"plain_text","text":"a"},"element":{"type":"button","text":{"type":"plain_text","text":"a"}}}]`, "/blocks/0/element/type"},
		"a field that is too long":       {`[{"type":"section","fields":[{"type":"mrkdwn","text":"` + strings.Repeat("f", 2001) + `"}]}]`, "/blocks/0/fields/0/text"},
		"a block id twice":               {`[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`, "/blocks/1/block_id"},
		"a block id twice, once within":  {`[{"type":"divider","block_id":"a"},{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"divider","block_id":"a"}]}]`, "/blocks/1/child_blocks/0/block_id"},
		"a block in a container":         {`[{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"section"}]}]`, "/blocks/0/child_blocks/0"},
		"a container in a container":     {`[{"type":"container","title":{"type":"plain_text","text":"t"},"child_blocks":[{"type":"container"}]}]`, "/blocks/0/child_blocks/0/type"},
		"a button of a card":             {`[{"type":"card","actions":[{"type":"button"}]}]`, "/blocks/0/actions/0"},
		"an empty card":                  {`[{"type":"card"}]`, "/blocks/0"},
		"a cell of a table":              {`[{"type":"table","rows":[[{"type":"raw_text","text":"a"}],[{"type":"image"}]]}]`, "/blocks/0/rows/1/0/type"},
		"a task without status":          {`[{"type":"plan","title":"t","tasks":[{"type":"task_card","task_id":"1","title":"t"}]}]`, "/blocks/0/tasks/0"},
		"a video without title":          {`[{"type":"video","video_url":"https://x.example","thumbnail_url":"https://x.example","alt_text":"v"}]`, "/blocks/0"},
	}
	for name, c := range within {
		t.Run("invalid_blocks: "+name, func(t *testing.T) {
			a := e.form("chat.postMessage", "channel", general, "text", "fallback", "blocks", c.blocks)
			require.Equal(t, "invalid_blocks", a.code(), a.raw)
			require.Contains(t, a.raw, "[json-pointer:"+c.at+"]")
		})
		t.Run("invalid_attachments: "+name, func(t *testing.T) {
			a := e.form("chat.postMessage", "channel", general, "text", "fallback", "attachments", `[{"blocks":`+c.blocks+`}]`)
			require.Equal(t, "invalid_attachments", a.code(), a.raw)
			require.Contains(t, a.raw, "[json-pointer:/attachments/0"+c.at+"]")
		})
	}
	for name, blocks := range refused {
		t.Run("invalid_blocks: "+name, func(t *testing.T) {
			a := e.form("chat.postMessage", "channel", general, "text", "fallback", "blocks", blocks)
			require.Equal(t, "invalid_blocks", a.code(), a.raw)
			require.Contains(t, a.raw, "json-pointer:/blocks/0")
		})
	}
}

// sections are blocks, each with an accessory.
func sections(accessories ...string) string {
	var out []string
	for _, a := range accessories {
		out = append(out, `{"type":"section","text":{"type":"mrkdwn","text":"s"},"accessory":`+a+`}`)
	}
	return "[" + strings.Join(out, ",") + "]"
}
