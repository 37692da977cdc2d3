package e2e_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/testbed"
)

// TestBlocks has apps post what is more than text, and people post tables and deeds.
func TestBlocks(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	post := func(r control.PostRequest) (ts string) {
		t.Helper()
		r.Channel = "general"
		if r.User == "" {
			r.Bot = testbed.Webhook
		}
		message, err := bed.Slack.Control.Post(t.Context(), r)
		require.NoError(t, err)
		return message.TS
	}
	permalink := func(ts string) string {
		return "https://acme.slack.com/archives/C0GENERAL1/p" + strings.ReplaceAll(ts, ".", "")
	}

	t.Run("7 every kind of block is shown", func(t *testing.T) {
		post(control.PostRequest{Text: "fallback", Blocks: json.RawMessage(`[
			{"type":"header","text":{"type":"plain_text","text":"Release 17"}},
			{"type":"image","image_url":"https://example.org/graph.png","alt_text":"a graph of the load"},
			{"type":"video","title":{"type":"plain_text","text":"The talk"},"title_url":"https://example.org/talk","video_url":"https://example.org/talk.mp4","thumbnail_url":"https://example.org/t.png","alt_text":"a talk"},
			{"type":"context","elements":[{"type":"image","image_url":"https://example.org/ann.png","alt_text":"the face of Ann"},{"type":"mrkdwn","text":"by *Ann*"}]},
			{"type":"section","text":{"type":"mrkdwn","text":"with a"},"accessory":{"type":"image","image_url":"https://example.org/side.png","alt_text":"picture at its side"}},
			{"type":"table","rows":[[{"type":"raw_text","text":"Host"},{"type":"raw_text","text":"State"}],[{"type":"raw_text","text":"ops-1"},{"type":"raw_text","text":"up"}]]}
		]`)})
		seen := bed.Owner.AwaitMessage(general, "the blocks", says("Release 17"))
		for _, shown := range []string{
			"<h3>Release 17</h3>", `<a href="https://example.org/graph.png">a graph of the load</a>`, `<a href="https://example.org/talk">The talk</a>`,
			"the face of Ann", "by <strong>Ann</strong>", "picture at its side", "<th>Host</th>", "<td>ops-1</td>",
		} {
			require.Contains(t, seen.HTML, shown)
		}
		require.NotContains(t, seen.Body, "unsupported")
		require.NotContains(t, seen.Body, "fallback")
	})
	t.Run("7 a picture that is kept in Slack is a picture", func(t *testing.T) {
		var drawn bytes.Buffer
		require.NoError(t, png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 8, 8))))
		_, files := bed.Slack.Person("alice").MustShare("general", "", control.FileContent{Name: "shared.png", Content: drawn.Bytes()})
		bed.Owner.AwaitMessage(general, "the shared picture", isFile(event.MsgImage, "shared.png"))
		post(control.PostRequest{Text: "fallback", Blocks: json.RawMessage(`[{"type":"image","slack_file":{"id":"` + files[0] + `"},"alt_text":"the picture again"}]`)})
		seen := bed.Owner.AwaitMessage(general, "the block's picture", says("the picture again"))
		require.Equal(t, event.MsgImage, seen.Type)
		require.Equal(t, drawn.Bytes(), content(t, bed.Owner, seen.Event.Content.AsMessage().URL))
	})
	t.Run("26 buttons and menus lead to where they work", func(t *testing.T) {
		ts := post(control.PostRequest{Text: "choose", Blocks: json.RawMessage(`[{"type":"actions","elements":[
			{"type":"button","text":{"type":"plain_text","text":"Approve"},"action_id":"a"},
			{"type":"button","text":{"type":"plain_text","text":"Report"},"action_id":"b","url":"https://example.org/report"},
			{"type":"static_select","placeholder":{"type":"plain_text","text":"Severity"},"action_id":"c","options":[{"text":{"type":"plain_text","text":"low"},"value":"low"}]}
		]}]`)})
		seen := bed.Owner.AwaitMessage(general, "the buttons", says("[Approve]"))
		for label, address := range map[string]string{"Approve": permalink(ts), "Report": "https://example.org/report", "Severity": permalink(ts)} {
			require.Contains(t, seen.HTML, `<a href="`+address+`">[`+label+`]</a>`)
		}
	})
	t.Run("25 a shared message is quoted once, with its author", func(t *testing.T) {
		post(control.PostRequest{User: "alice", Text: "remember this", Attachments: json.RawMessage(`[{"is_share":true,"author_id":"` +
			bed.Slack.Person("bob").ID() + `","author_name":"Bob","channel_id":"C0GENERAL1","from_url":"https://acme.slack.com/archives/C0GENERAL1/p1600000000000100","text":"lunch at *one*","ts":"1600000000.000100","fallback":"Bob: lunch"}]`)})
		seen := bed.Owner.AwaitMessage(general, "the quote", says("remember this"))
		require.Equal(t, 1, strings.Count(seen.HTML, "lunch at <strong>one</strong>"))
		require.Contains(t, seen.HTML, "<blockquote>")
		require.Contains(t, seen.HTML, "Bob")
	})
	t.Run("25 each message of a bot has its own name and picture", func(t *testing.T) {
		var drawn bytes.Buffer
		require.NoError(t, png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 72, 72))))
		require.NoError(t, bed.Slack.Control.DrawEmoji(t.Context(), "rocket-bot", drawn.Bytes()))
		state, err := bed.Slack.Control.State(t.Context())
		require.NoError(t, err)
		post(control.PostRequest{Text: "lift-off", Username: "Rocket", Icons: map[string]string{"image_72": state.Emoji["rocket-bot"]}})
		profile := bed.Owner.AwaitMessage(general, "the bot's message", says("lift-off")).Event.Content.AsMessage().BeeperPerMessageProfile
		require.NotNil(t, profile)
		require.Equal(t, "Rocket", profile.Displayname)
		require.NotNil(t, profile.AvatarURL)
		picture, err := bed.Owner.Client.DownloadBytes(t.Context(), profile.AvatarURL.ParseOrIgnore())
		require.NoError(t, err)
		require.Equal(t, drawn.Bytes(), picture)
	})
	t.Run("3 deeds cross both ways", func(t *testing.T) {
		post(control.PostRequest{User: "alice", Text: "waves", Me: true})
		require.Equal(t, event.MsgEmote, bed.Owner.AwaitText(general, "waves").Type)
		_, err := bed.Owner.Client.SendMessageEvent(t.Context(), general, event.EventMessage, &event.MessageEventContent{MsgType: event.MsgEmote, Body: "waves back"})
		require.NoError(t, err)
		bed.Slack.AwaitPost("general", bed.Owner.UserID.Localpart()+" waves back")
	})
	t.Run("5 a table is a table", func(t *testing.T) {
		bed.Owner.MustSendHTML(general, "Host | Load", "<table><thead><tr><th>Host</th><th>Load</th></tr></thead><tbody><tr><td>ops-1</td><td>0.5</td></tr></tbody></table>")
		posted := bed.Slack.AwaitPostWith("general", "the table", func(p testbed.Post) bool { return strings.Contains(p.Text, "ops-1 | 0.5") })
		require.Contains(t, string(posted.Blocks), `"table"`)
	})
	t.Run("25 what one person alone is shown stays in Slack", func(t *testing.T) {
		answer, err := http.PostForm(bed.Slack.APIURL()+"chat.postEphemeral", url.Values{
			"token": {bed.Slack.BridgeApp().BotToken}, "channel": {"C0GENERAL1"}, "user": {bed.Slack.Person("alice").ID()}, "text": {"only you"},
		})
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		shown, err := bed.Slack.Control.Ephemerals(t.Context(), "alice")
		require.NoError(t, err)
		require.Len(t, shown, 1)
		bed.Slack.Person("alice").MustPost("general", "all of you")
		bed.Owner.AwaitText(general, "all of you")
		for _, message := range bed.Owner.Messages(general) {
			require.NotContains(t, message.Body, "only you")
		}
	})
}
