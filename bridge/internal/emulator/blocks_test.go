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
		"context":             `[{"type":"context","elements":[{"type":"mrkdwn","text":"c"}]}]`,
	}
	for name, blocks := range taken {
		t.Run("taken: "+name, func(t *testing.T) {
			require.True(t, e.form("chat.postMessage", "channel", general, "blocks", blocks).ok())
		})
	}
	refused := map[string]string{
		"rich text without elements":    rich(`[]`),
		"an unknown container":          rich(`[{"type":"rich_text_poem","elements":[]}]`),
		"an inline element on top":      rich(`[{"type":"text","text":"a"}]`),
		"an unknown inline element":     section(`[{"type":"hologram"}]`),
		"an empty text":                 section(`[{"type":"text","text":""}]`),
		"a text without text":           section(`[{"type":"text"}]`),
		"a link without url":            section(`[{"type":"link","text":"x"}]`),
		"a user without id":             section(`[{"type":"user"}]`),
		"a broadcast to nobody":         section(`[{"type":"broadcast","range":"nobody"}]`),
		"a date without format":         section(`[{"type":"date","timestamp":1}]`),
		"an unknown style":              section(`[{"type":"text","text":"a","style":{"blink":true}}]`),
		"a list without style":          rich(`[{"type":"rich_text_list","elements":[]}]`),
		"a list in a list":              rich(`[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_list","style":"bullet","elements":[]}]}]`),
		"an emoji in preformatted text": rich(`[{"type":"rich_text_preformatted","elements":[{"type":"emoji","name":"tada"}]}]`),
		"a header in mrkdwn":            `[{"type":"header","text":{"type":"mrkdwn","text":"h"}}]`,
		"an empty section":              `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`,
		"an image without alt text":     `[{"type":"image","image_url":"https://x.example/i.png"}]`,
		"a context without elements":    `[{"type":"context","elements":[]}]`,
		"a block id that is too long":   `[{"type":"divider","block_id":"` + strings.Repeat("i", 256) + `"}]`,
	}
	for name, blocks := range refused {
		t.Run("invalid_blocks: "+name, func(t *testing.T) {
			a := e.form("chat.postMessage", "channel", general, "text", "fallback", "blocks", blocks)
			require.Equal(t, "invalid_blocks", a.code(), a.raw)
			require.Contains(t, a.raw, "json-pointer:/blocks/0")
		})
	}
}
