package slackfmt_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackfmt"
)

// documented are the blocks that Slack documents (Slack docs: "Block Kit blocks",
// "Block elements"), each with every field in which people read something. "?"
// stands for a text of its own.
func documented() map[string]string {
	const (
		plain    = `{"type":"plain_text","text":"?"}`
		mrkdwn   = `{"type":"mrkdwn","text":"?"}`
		option   = `{"text":` + plain + `,"value":"v","description":` + plain + `}`
		richText = `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"?"}]}]}`
		button   = `{"type":"button","action_id":"a","text":` + plain + `,"value":"v","style":"primary"}`
		image    = `{"type":"image","image_url":"https://example.org/i.png","alt_text":"?"}`
	)
	element := func(rest string) string { return `{"type":"actions","elements":[{` + rest + `}]}` }
	inline := func(rest string) string {
		return `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{` + rest + `}]}]}`
	}
	return map[string]string{
		"section":                   `{"type":"section","text":` + mrkdwn + `,"fields":[` + plain + `,` + mrkdwn + `],"accessory":` + button + `}`,
		"section, image":            `{"type":"section","text":` + plain + `,"accessory":` + image + `}`,
		"header":                    `{"type":"header","level":1,"text":` + plain + `}`,
		"context":                   `{"type":"context","elements":[` + plain + `,` + image + `,` + mrkdwn + `]}`,
		"image":                     `{"type":"image","image_url":"https://example.org/i.png","alt_text":"a","title":` + plain + `}`,
		"image without a title":     image,
		"image in Slack":            `{"type":"image","slack_file":{"id":"F1"},"alt_text":"?"}`,
		"markdown":                  `{"type":"markdown","text":"# ?\n\n?"}`,
		"table":                     `{"type":"table","rows":[[{"type":"raw_text","text":"?"},` + richText + `]]}`,
		"data_table":                `{"type":"data_table","caption":"?","page_size":5,"rows":[[{"type":"raw_text","text":"?"}],[{"type":"raw_number","value":1,"text":"?"}],[{"type":"action_cell","element":` + button + `}]]}`,
		"actions":                   `{"type":"actions","elements":[` + button + `,{"type":"workflow_button","text":` + plain + `,"workflow":{"trigger":{"url":"https://example.org/"}}}]}`,
		"context_actions":           `{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":{"text":` + plain + `,"value":"v"},"negative_button":{"text":` + plain + `,"value":"v"}},{"type":"icon_button","icon":"trash","text":` + plain + `}]}`,
		"video":                     `{"type":"video","title":` + plain + `,"title_url":"https://example.org/","video_url":"https://example.org/v","thumbnail_url":"https://example.org/t","alt_text":"a","author_name":"?","provider_name":"?","description":` + plain + `}`,
		"call":                      `{"type":"call","call_id":"R1","call":{"v1":{"id":"R1","name":"?","join_url":"https://example.org/"}}}`,
		"input":                     `{"type":"input","label":` + plain + `,"hint":` + plain + `,"element":{"type":"plain_text_input","placeholder":` + plain + `}}`,
		"container":                 `{"type":"container","width":"wide","title":` + plain + `,"subtitle":` + mrkdwn + `,"icon":{"type":"image","image_url":"https://example.org/","alt_text":"a"},"child_blocks":[{"type":"section","text":` + mrkdwn + `},{"type":"context","elements":[` + mrkdwn + `]},` + richText + `]}`,
		"container, rich title":     `{"type":"container","rich_text_title":` + richText + `,"child_blocks":[{"type":"container","title":` + plain + `,"child_blocks":[{"type":"header","text":` + plain + `}]}]}`,
		"carousel":                  `{"type":"carousel","elements":[{"type":"card","title":` + mrkdwn + `,"subtitle":` + plain + `,"body":` + mrkdwn + `,"subtext":` + plain + `,"hero_image":` + image + `,"actions":[` + button + `]},{"type":"card","slack_icon":{"type":"icon","name":"bot"},"body":` + plain + `}]}`,
		"plan":                      `{"type":"plan","title":"?","tasks":[{"task_id":"t","title":"?","status":"pending","details":` + richText + `,"output":` + richText + `,"sources":[{"type":"url","url":"https://example.org/","text":"?"}]}]}`,
		"task_card":                 `{"type":"task_card","task_id":"t","title":"?","status":"error","output":` + richText + `}`,
		"alert":                     `{"type":"alert","level":"info","text":` + mrkdwn + `}`,
		"pie":                       `{"type":"data_visualization","title":"?","chart":{"type":"pie","segments":[{"label":"?","value":1.5}]}}`,
		"bars":                      `{"type":"data_visualization","title":"?","chart":{"type":"bar","series":[{"name":"?","data":[{"label":"?","value":1}]}],"axis_config":{"categories":["?"],"x_label":"?","y_label":"?"}}}`,
		"auth_provider":             `{"type":"auth_provider","provider_name":"?","description":` + plain + `,"connected_identity":` + plain + `,"connected_context":` + plain + `,"accessory":{"type":"overflow","options":[` + `{"text":` + plain + `,"value":"v"}` + `]}}`,
		"checkboxes":                element(`"type":"checkboxes","options":[` + option + `,` + option + `]`),
		"radio_buttons":             element(`"type":"radio_buttons","options":[` + option + `]`),
		"static_select":             element(`"type":"static_select","placeholder":` + plain + `,"options":[{"text":{"type":"plain_text","text":"hidden"},"value":"v"}]`),
		"multi_external_select":     element(`"type":"multi_external_select","initial_options":[{"text":` + plain + `,"value":"v"},{"text":` + plain + `,"value":"w"}]`),
		"url_text_input":            element(`"type":"url_text_input","initial_value":"?"`),
		"rich_text_input":           element(`"type":"rich_text_input","initial_value":` + richText),
		"timepicker":                element(`"type":"timepicker","initial_time":"?"`),
		"a control of the future":   element(`"type":"dial","caption":` + plain + `,"marks":[{"label":"?"}]`),
		"rich text":                 `{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"?"}]}]},{"type":"rich_text_quote","elements":[{"type":"text","text":"?"}]},{"type":"rich_text_preformatted","language":"go","elements":[{"type":"text","text":"?"},{"type":"link","url":"https://example.org/","text":"?"}]}]}`,
		"rich text of canvases":     `{"type":"rich_text","elements":[{"type":"rich_text_header","text":` + plain + `},{"type":"rich_text_divider"},{"type":"rich_text_list","style":"checked","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"?"}]}]}]}`,
		"rich text of the future":   `{"type":"rich_text","elements":[{"type":"rich_text_aside","title":"?","body":` + plain + `}]}`,
		"link":                      inline(`"type":"link","url":"https://example.org/","text":"?"`),
		"attachment_mention":        inline(`"type":"attachment_mention","url":"https://example.org/","text":"?"`),
		"canvas":                    inline(`"type":"canvas","file_id":"F1","text":"?"`),
		"canvas by its label":       inline(`"type":"canvas","file_id":"F1","label":"?"`),
		"citation":                  inline(`"type":"citation","url":"https://example.org/","index":1,"text":"?","details":{"citation_type":"file"}`),
		"color":                     inline(`"type":"color","value":"?"`),
		"date":                      inline(`"type":"date","timestamp":1,"format":"{date}","fallback":"?"`),
		"emoji":                     inline(`"type":"emoji","name":"?"`),
		"file":                      inline(`"type":"file","file_id":"F1","text":"?","url":"https://example.org/"`),
		"list_record":               inline(`"type":"list_record","file_id":"F1","text":"?"`),
		"message_mention":           inline(`"type":"message_mention","channel_id":"C1","message_ts":"1.2","text":"?","url":"https://example.org/"`),
		"salesforce_data_field":     inline(`"type":"salesforce_data_field","salesforce_record_id":"1","salesforce_field_label":"?"`),
		"salesforce, api name":      inline(`"type":"salesforce_data_field","salesforce_record_id":"1","salesforce_field_api_name":"?"`),
		"tag":                       inline(`"type":"tag","text":"?","color":"gray"`),
		"work_object_mention":       inline(`"type":"work_object_mention","entity_id":"E1","app_id":"A1","text":"?","url":"https://example.org/"`),
		"workflow_mention":          inline(`"type":"workflow_mention","workflow_id":"W1","function_trigger_id":"F1","text":"?"`),
		"a measure of the future":   `{"type":"metric","title":"?","value":"?","description":` + plain + `,"elements":[` + mrkdwn + `],"trend":{"label":"?"}}`,
		"a pair with two names":     `{"type":"fact","label":"?","name":"?","title":"?","value":"?"}`,
		"texts in technical fields": `{"type":"x","title":"?","source":` + mrkdwn + `,"state":` + plain + `,"level":{"label":"?"},"format":[` + plain + `],"trigger":` + richText + `,"owner_id":` + plain + `,"event_type":` + plain + `,"closed_at":` + plain + `}`,
		"a mention of the future":   inline(`"type":"entity_mention","title":"?","status":"?","details":` + mrkdwn),
		"a named mention":           inline(`"type":"entity_mention","text":"?","title":"?","name":"?","url":"https://example.org/"`),
		"a value in a line":         inline(`"type":"figure","label":"?","value":"?","note":"?"`),
		"a plan of the future":      `{"type":"plan","title":"?","tasks":[{"task_id":"t","sources":[{"type":"url","url":"https://example.org/","text":"?"}]},{"task_id":"u","status":"complete","note":` + plain + `},{"task_id":"v","title":"?","due":"?"},{"type":"milestone","caption":"?"}]}`,
		"a control with a caption":  element(`"type":"dial","placeholder":` + plain + `,"caption":` + plain),
		"a cell of the future":      `{"type":"table","rows":[[{"type":"raw_text","text":"?"},{"type":"status","text":"?","label":"?"}]]}`,
		"section of the future":     `{"type":"section","expand":true,"text":` + mrkdwn + `,"footnote":` + mrkdwn + `,"block_id":"b"}`,
		"divider of the future":     `{"type":"divider","label":"?"}`,
		"contact_card":              `{"type":"contact_card","name":"?","title":"?","email":"?"}`,
		"callout":                   `{"type":"callout","emoji":"bulb","elements":[` + richText + `]}`,
		"layout":                    `{"type":"layout","columns":[{"blocks":[{"type":"section","text":` + mrkdwn + `}]},{"blocks":[{"type":"header","text":` + plain + `}]}]}`,
	}
}

// TestDocumentedBlocks says that every text of every block is shown, once alone
// and once inside a block that is not known.
func TestDocumentedBlocks(t *testing.T) {
	for name, block := range documented() {
		for surroundings, source := range map[string]string{
			"alone":    `{"text":"","blocks":[` + block + `]}`,
			"inside":   `{"text":"","blocks":[{"type":"novelty","content":[` + block + `]}]}`,
			"shared":   `{"attachments":[{"is_share":true,"message_blocks":[{"message":{"blocks":[` + block + `]}}]}]}`,
			"attached": `{"attachments":[{"fallback":"[no preview available]","blocks":[` + block + `]}]}`,
		} {
			t.Run(name+"/"+surroundings, func(t *testing.T) {
				source, words := wordsFor(source)
				require.NotEmpty(t, words)
				require.True(t, json.Valid([]byte(source)), source)
				content := slackfmt.ToMatrix(inputOf(t, source), people{})
				requireSaneContent(t, content)
				for _, word := range words {
					require.Contains(t, content.Body, word)
				}
				require.NotContains(t, content.Body, "hidden")
				requireReadable(t, content.Body)
			})
		}
	}
}

// TestWordsThatBlocksDoNotShow: where a field for programs may hold words, the message's text says them.
func TestWordsThatBlocksDoNotShow(t *testing.T) {
	const text = "DB down, Resolved, SEV1, OPS-12"
	for name, block := range map[string]string{
		"a state":    `{"type":"incident","title":"DB down","state":"Resolved"}`,
		"a level":    `{"type":"incident","title":"DB down","level":"SEV1"}`,
		"an id":      `{"type":"incident","title":"DB down","ticket_id":"OPS-12"}`,
		"all":        `{"type":"incident","title":"DB down","state":"Resolved","level":"SEV1","ticket_id":"OPS-12"}`,
		"an element": `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"entity_mention","title":"DB down","state":"Resolved"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			content := slackfmt.ToMatrix(inputOf(t, `{"text":"`+text+`","blocks":[`+block+`]}`), people{})
			require.Equal(t, text, content.Body)
		})
	}
	for name, block := range map[string]string{
		"a task":     `{"type":"task_card","task_id":"T1a","title":"DB down","status":"complete"}`,
		"an alert":   `{"type":"alert","level":"error","text":{"type":"plain_text","text":"DB down"}}`,
		"a button":   `{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"a","style":"danger","text":{"type":"plain_text","text":"DB down"}}]}`,
		"a novelty":  `{"type":"novelty","block_id":"b","style":"wide","created_at":1700000000,"title":"DB down"}`,
		"a mention":  `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"file","file_id":"F1","text":"DB down"}]}]}`,
		"a citation": `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"citation","index":1,"url":"https://example.org/","text":"DB down","details":{"citation_type":"file"}}]}]}`,
	} {
		t.Run("none in "+name, func(t *testing.T) {
			content := slackfmt.ToMatrix(inputOf(t, `{"text":"`+text+`","blocks":[`+block+`]}`), people{})
			require.NotContains(t, content.Body, "Resolved")
		})
	}
}

// wordsFor gives each "?" a word of its own.
func wordsFor(template string) (source string, words []string) {
	parts := strings.Split(template, "?")
	for i, part := range parts {
		if i > 0 {
			words = append(words, fmt.Sprintf("word%dx", i))
			source += words[i-1]
		}
		source += part
	}
	return source, words
}

// requireReadable says that nothing in a text is meant for programs.
func requireReadable(t require.TestingT, body string) {
	require.NotEmpty(t, strings.TrimSpace(body))
	for _, sign := range []string{"<@", "<#", "<!", "&lt;", "&gt;", "&amp;", `{"`, `":`, "map[", "plain_text", "mrkdwn", "rich_text", "[no preview available]", "nothing to read", "anything to read"} {
		require.NotContains(t, body, sign)
	}
	require.False(t, slices.Contains([]string{"0xc", "%!"}, body))
}
