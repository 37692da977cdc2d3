package slackfmt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// inputOf is what a message's JSON says.
func inputOf(t require.TestingT, source string) slackfmt.Input {
	message, err := slackevent.DecodeMessage([]byte(source))
	require.NoError(t, err)
	return slackfmt.InputOf(message)
}

// TestEveryTextIsRead has messages whose text is where it is easily missed: in
// newer blocks, in elements inside them, in fields of attachments that seldom
// stand alone.
func TestEveryTextIsRead(t *testing.T) {
	for name, c := range map[string]struct{ message, body string }{
		"group named by the text": {
			`{"text":"<!subteam^S0TEAM0001|@platform-team> hi","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
				{"type":"usergroup","usergroup_id":"S0TEAM0001"},{"type":"text","text":" hi"}]}]}]}`,
			"@platform-team hi",
		},
		"channel and person named by the text": {
			`{"text":"<#C77|ops> <@U77|Dora>","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
				{"type":"channel","channel_id":"C77"},{"type":"text","text":" "},{"type":"user","user_id":"U77"}]}]}]}`,
			"#ops @Dora",
		},
		"shrug": {`{"text":"¯\\_(ツ)_/¯"}`, `¯\_(ツ)_/¯`},
		"two shrugs and a path": {
			`{"text":"¯\\_(ツ)_/¯ and ¯\\_(ツ)_/¯ in ~/a_b/~old /_x_/ C:\\_y_"}`,
			`¯\_(ツ)_/¯ and ¯\_(ツ)_/¯ in ~/a_b/~old /_x_/ C:\_y_`,
		},
		"huddle": {
			`{"subtype":"huddle_thread","text":"","room":{"id":"R1","name":"","created_by":"U1","has_ended":false,"huddle_link":"https://app.slack.com/huddle/T1/C1"}}`,
			"🎧 huddle started (https://app.slack.com/huddle/T1/C1)",
		},
		"huddle that is over": {
			`{"subtype":"huddle_thread","text":"","room":{"id":"R1","has_ended":true},"permalink":"https://example.slack.com/p1"}`,
			"🎧 huddle ended (https://example.slack.com/p1)",
		},
		"thumbnail alone":    {`{"attachments":[{"thumb_url":"https://example.org/a/cat.png?x=1"}]}`, "> cat.png (https://example.org/a/cat.png?x=1)"},
		"colour alone":       {`{"attachments":[{"color":"36a64f"}]}`, "> ■ #36a64f"},
		"named colour alone": {`{"attachments":[{"color":"danger","id":1}]}`, "> ■ danger"},
		"footer alone":       {`{"attachments":[{"footer":"Jenkins &amp; co"}]}`, "> Jenkins & co"},
		"date alone":         {`{"attachments":[{"ts":1700000000}]}`, "> 2023-11-14 22:13 UTC"},
		"icons alone":        {`{"attachments":[{"author_icon":"https://example.org/i.png"}]}`, "> i.png (https://example.org/i.png)"},
		"video alone":        {`{"attachments":[{"video_url":"https://example.org/v.mp4"}]}`, "> v.mp4 (https://example.org/v.mp4)"},
		"a preview and nothing else": {
			`{"text":"","attachments":[{"from_url":"https://example.org","original_url":"https://example.org","title":"Example"}]}`,
			"> Example (https://example.org)",
		},
		"an address and nothing else": {
			`{"text":"","attachments":[{"from_url":"https://example.org/x","original_url":"https://example.org/x","service_name":"Example"}]}`,
			"> Example (https://example.org/x)",
		},
		"files of a shared message": {
			`{"attachments":[{"is_share":true,"is_msg_unfurl":true,"from_url":"https://e.slack.com/p1","author_name":"Ann","files":[{"id":"F1","title":"plan.pdf","permalink":"https://e.slack.com/f1"}]}]}`,
			"> Ann\n> \n> 📎 plan.pdf (https://e.slack.com/f1)\n> \n> view message (https://e.slack.com/p1)",
		},
		"container": {
			`{"text":"f","blocks":[{"type":"container","block_id":"b","width":"narrow","is_collapsible":true,"title":{"type":"plain_text","text":"Bulk &amp; more"},"subtitle":{"type":"mrkdwn","text":"*review*"},
				"child_blocks":[{"type":"section","text":{"type":"mrkdwn","text":"row *one*"}},{"type":"divider"},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}}]}]}]}`,
			"Bulk & more\nreview\n\nrow one\n---\n[Go]",
		},
		"container with a rich title": {
			`{"blocks":[{"type":"container","title":{"type":"plain_text","text":"not this"},"rich_text_title":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Rich"}]}]},"child_blocks":[{"type":"novelty","text":"inside"}]}]}`,
			"Rich\ninside",
		},
		"task card": {
			`{"text":"f","blocks":[{"type":"task_card","task_id":"t1","title":"Read it","status":"complete","details":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"the details"}]}]},
				"output":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"the output"}]}]},"sources":[{"type":"url","url":"https://example.org/s","text":"a source"},{"type":"url","url":"https://example.org/t"}]}]}`,
			"☑ Read it\n\nthe details\n\nthe output\n\na source (https://example.org/s) · https://example.org/t",
		},
		"plan": {
			`{"text":"f","blocks":[{"type":"plan","title":"The plan","tasks":[{"task_id":"1","title":"first","status":"in_progress"},{"task_id":"2","title":"second","status":"error","output":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"why"}]}]}}]}]}`,
			"The plan\n⏳ first\n\n⚠ second\n\nwhy",
		},
		"card": {
			`{"text":"f","blocks":[{"type":"card","hero_image":{"type":"image","image_url":"https://example.org/h.png","alt_text":"hero"},"icon":{"type":"image","image_url":"https://example.org/i.png","alt_text":"icon"},
				"title":{"type":"mrkdwn","text":"Lumen"},"subtitle":{"type":"mrkdwn","text":"_light_"},"body":{"type":"mrkdwn","text":"bright"},"subtext":{"type":"plain_text","text":"small"},
				"actions":[{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"https://example.org/o"}]}]}`,
			"hero (https://example.org/h.png)\nLumen\nlight\n\nbright\n\nsmall\n\n[Open] (https://example.org/o)",
		},
		"alert": {`{"text":"f","blocks":[{"type":"alert","level":"warning","text":{"type":"mrkdwn","text":"*mind* it"}}]}`, "⚠ mind it"},
		"pie": {
			`{"text":"f","blocks":[{"type":"data_visualization","title":"Bars","chart":{"type":"pie","segments":[{"label":"Twix","value":28.5},{"label":"Other","value":9}]}}]}`,
			"Bars\nTwix | 28.5\nOther | 9",
		},
		"lines": {
			`{"text":"f","blocks":[{"type":"data_visualization","title":"Visits","chart":{"type":"line","series":[{"name":"Site","data":[{"label":"W1","value":32000},{"label":"W2","value":35000}]},{"name":"App","data":[{"label":"W2","value":7}]}],
				"axis_config":{"categories":["W1","W2"],"x_label":"Week","y_label":"Visitors"}}}]}`,
			"Visits\nVisitors\nWeek | Site | App\nW1 | 32000 | \nW2 | 35000 | 7",
		},
		"a chart of another kind": {
			`{"text":"f","blocks":[{"type":"data_visualization","title":"New","chart":{"type":"gauge","needle":{"label":"Load","value":0.5}}}]}`,
			"New\nLoad: 0.5",
		},
		"auth provider": {
			`{"text":"f","blocks":[{"type":"auth_provider","provider_name":"Octo","icon_url":"https://example.org/i.png","description":{"type":"plain_text","text":"to see issues"},"auth_url":"https://example.org/auth","is_connected":true,
				"connected_identity":{"type":"plain_text","text":"ann"},"connected_context":{"type":"plain_text","text":"Example Ltd"},"accessory":{"type":"overflow","options":[{"text":{"type":"plain_text","text":"Disconnect"},"value":"x"}]}}]}`,
			"Octo (https://example.org/auth)\n\nto see issues\n\nann\n\nExample Ltd\n\n[… Disconnect]",
		},
		"data table": {
			`{"text":"f","blocks":[{"type":"data_table","caption":"Deals &amp; such","rows":[[{"type":"raw_text","text":"A"},{"type":"raw_text","text":"B"},{"type":"raw_text","text":"C"}],
				[{"type":"raw_number","value":1.5,"text":"1.50 €"},{"type":"raw_number","value":2},{"type":"action_cell","element":{"type":"button","text":{"type":"plain_text","text":"Do"}},"fallback":{"type":"raw_text","text":"do it"}}]]}]}`,
			"Deals & such\nA | B | C\n1.50 € | 2 | [Do]",
		},
		"salesforce field": {
			`{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"salesforce_data_field","salesforce_record_id":"001AB","salesforce_field_label":"Amount"}]}]}]}`,
			"Amount",
		},
		"salesforce field with its text": {
			`{"text":"Amount: 5","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"salesforce_data_field","salesforce_record_id":"001AB","salesforce_field_label":"Amount"}]}]}]}`,
			"Amount: 5",
		},
		"message in a canvas": {
			`{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"canvas_message_unfurl","root_message_ts":"1783613573.1","root_message_channel":"C1"}]}]}]}`,
			"message in #general",
		},
		"newer elements": {
			`{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
				{"type":"attachment_mention","url":"https://example.org/a","product_name":"Docs"},{"type":"text","text":" "},
				{"type":"citation","url":"https://example.org/c","text":"cited","index":1,"details":{"citation_type":"web","title":"T"}},{"type":"text","text":" "},
				{"type":"tag","text":"new","color":"gray"},{"type":"text","text":" "},
				{"type":"workflow_mention","workflow_id":"Wf1","function_trigger_id":"Ft1","text":"Run it"},{"type":"text","text":" "},
				{"type":"work_object_mention","entity_id":"E1","app_id":"A1","text":"Work","url":"https://example.org/w"},{"type":"text","text":" "},
				{"type":"list_record","file_id":"F1"}]}]}]}`,
			"Docs (https://example.org/a) cited (https://example.org/c) new Run it Work (https://example.org/w) list record F1",
		},
		"selects show what is chosen": {
			`{"text":"f","blocks":[{"type":"actions","elements":[{"type":"users_select","initial_user":"U1","placeholder":{"type":"plain_text","text":"who"}},{"type":"multi_channels_select","initial_channels":["C1","C2"]},
				{"type":"multi_static_select","initial_options":[{"text":{"type":"plain_text","text":"a"},"value":"1"},{"text":{"type":"plain_text","text":"b"},"value":"2"}]},
				{"type":"datetimepicker","initial_date_time":1700000000},{"type":"workflow_button","text":{"type":"plain_text","text":"Run"},"workflow":{"trigger":{"url":"https://slack.com/shortcuts/Ft1"}}},
				{"type":"rich_text_input","initial_value":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"typed"}]}]}},
				{"type":"overflow","options":[{"text":{"type":"plain_text","text":"More"},"value":"x","url":"https://example.org/m"}]}]}]}`,
			"[Ann]  [#general, #secret]  [a, b]  [2023-11-14 22:13 UTC]  [Run] (https://slack.com/shortcuts/Ft1)  [typed]  [… More (https://example.org/m)]",
		},
		"a block that nobody knows": {
			`{"text":"f","blocks":[{"type":"novelty","block_id":"x1","heading":"One &amp; <@U1>","nested":{"deep":[{"wording":{"type":"mrkdwn","text":"*two*"}},"three"]},"score":{"label":"Four","value":4},"source_url":"https://example.org/n"}]}`,
			"One & Ann\n\ntwo\n\nthree\n\nFour: 4\n\nhttps://example.org/n",
		},
		"part of a block that nobody can read": {
			`{"text":"all is well","blocks":[{"type":"novelty","title":"Known","payload":{"type":"sealed","blob_ref":1}}]}`,
			"Known\n\nall is well",
		},
		"an element that nobody can read, in a text that has it": {
			`{"text":"before *that* after","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"before "},{"type":"sealed","ref":true},{"type":"text","text":" after"}]}]}]}`,
			"before that after",
		},
		"nothing at all":  {`{"text":""}`, "(a message without anything to read)"},
		"nothing visible": {`{"text":" \n \u200b"}`, "(a message without anything to read)"},
		"nothing that can be read": {
			`{"subtype":"novelty","text":"","blocks":[{"type":"sealed","ref":true}]}`, "(a message without anything to read: novelty)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			content := slackfmt.ToMatrix(inputOf(t, c.message), people{})
			requireSaneContent(t, content)
			require.Equal(t, c.body, content.Body)
		})
	}
}
