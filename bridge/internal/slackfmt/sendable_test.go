package slackfmt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

func contentOf(t require.TestingT, source string) *event.MessageEventContent {
	var content event.MessageEventContent
	require.NoError(t, json.Unmarshal([]byte(source), &content))
	return &content
}

// TestEveryContentEndsInTextOrAReason has contents in which little or nothing is
// for Slack: "" stands for what is not sent.
func TestEveryContentEndsInTextOrAReason(t *testing.T) {
	html := func(body, formatted string) string {
		encoded, err := json.Marshal(map[string]string{
			"msgtype": "m.text", "body": body, "format": "org.matrix.custom.html", "formatted_body": formatted,
		})
		require.NoError(t, err)
		return string(encoded)
	}
	for name, c := range map[string]struct{ content, text string }{
		"empty":                      {`{"msgtype":"m.text","body":""}`, ""},
		"blank":                      {`{"msgtype":"m.text","body":" \n\t"}`, ""},
		"invisible":                  {`{"msgtype":"m.text","body":"\u200b\u2060"}`, ""},
		"no body":                    {`{"msgtype":"m.text"}`, ""},
		"nothing at all":             {`{}`, ""},
		"empty deed":                 {`{"msgtype":"m.emote","body":""}`, ""},
		"a quote and nothing said":   {`{"msgtype":"m.text","body":"> <@a:b> hi\n\n","m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`, ""},
		"picture without a caption":  {`{"msgtype":"m.image","body":"cat.png","url":"mxc://a/b"}`, ""},
		"verification":               {`{"msgtype":"m.key.verification.request","body":"Ann wants to verify","from_device":"D","methods":["m.sas.v1"],"to":"@b:c"}`, ""},
		"what could not be read":     {`{"msgtype":"m.bad.encrypted","body":"** Unable to decrypt **"}`, ""},
		"HTML of nothing":            {html("hello", "<p></p>"), "hello"},
		"HTML of what is not text":   {html("hello", "<script>x</script> <mx-reply>y</mx-reply>"), "hello"},
		"HTML and body of nothing":   {html("", "<p> </p><ul><li></li></ul>"), ""},
		"HTML without a body":        {html("", "<b>hello</b>"), "*hello*"},
		"a picture in the HTML":      {html("x", `<img src="mxc://a/b" alt=":blob:">`), ":blob:"},
		"a picture of no name":       {html("x", "<img src=\"mxc://a/b\" alt=\"\x19\" title=\"\u200b\">"), "image"},
		"a picture with a title":     {html("x", "<img src=\"mxc://a/b\" alt=\" \" title=\"a cat\">"), "a cat"},
		"a line":                     {html("", "<hr>"), "---"},
		"a kind that is unknown":     {`{"msgtype":"org.example.confetti","body":"hooray"}`, "hooray"},
		"notice":                     {`{"msgtype":"m.notice","body":"hello"}`, "hello"},
		"location":                   {`{"msgtype":"m.location","body":"Our office","geo_uri":"geo:37.786971,-122.399677;u=35"}`, "Our office\n\n<https://www.openstreetmap.org/?mlat=37.786971&amp;mlon=-122.399677#map=16/37.786971/-122.399677|37.786971, -122.399677>"},
		"location with its altitude": {`{"msgtype":"m.location","body":"","geo_uri":"geo:1,2.5,100"}`, "<https://www.openstreetmap.org/?mlat=1&amp;mlon=2.5#map=16/1/2.5|1, 2.5>"},
		"location with a map":        {`{"msgtype":"m.location","body":"Here https://maps.example.org/?q=1,2","geo_uri":"geo:1,2"}`, "Here https://maps.example.org/?q=1,2"},
		"location without a place":   {`{"msgtype":"m.location","body":"Somewhere"}`, "Somewhere"},
		"location out of this world": {`{"msgtype":"m.location","body":"Mars","geo_uri":"geo:4.5,400"}`, "Mars\n\ngeo:4.5,400"},
		"location in other words":    {`{"msgtype":"m.location","body":"Mars","geo_uri":"javascript:1,2"}`, "Mars"},
	} {
		t.Run(name, func(t *testing.T) {
			content := contentOf(t, c.content)
			err := slackfmt.Sendable(content)
			pieces := slackfmt.SplitForSlack(content, rooms{}, slackfmt.MaxSlackChars)
			if c.text == "" {
				var nothing *slackfmt.NothingToSendError
				require.ErrorAs(t, err, &nothing)
				require.NotEmpty(t, err.Error())
				require.Empty(t, pieces)
				return
			}
			require.NoError(t, err)
			require.Len(t, pieces, 1)
			require.Equal(t, c.text, pieces[0].Text)
		})
	}
}

// TestMentionsByName has bodies in which a person of Slack is named as people do
// it whose client knows no HTML; m.mentions says that it is meant.
func TestMentionsByName(t *testing.T) {
	const bob, ann, carol = "@slack_t1-u2:example.org", "@slack_t1-u1:example.org", "@carol:example.org"
	for name, c := range map[string]struct {
		body     string
		mentions []string
		text     string
	}{
		"at the beginning":        {"Bob Baker: hi", []string{bob}, "<@U2>: hi"},
		"with a sign":             {"hi @Bob Baker, hi", []string{bob}, "hi <@U2>, hi"},
		"by localpart":            {"slack_t1-u2: hi @slack_t1-u1", []string{bob, ann}, "<@U2>: hi <@U1>"},
		"by id":                   {bob + " hi", []string{bob}, "<@U2> hi"},
		"twice":                   {"Bob Baker and Bob Baker", []string{bob}, "<@U2> and <@U2>"},
		"not meant":               {"Bob Baker: hi", nil, "Bob Baker: hi"},
		"part of a word":          {"Annabel: hi, Ann's friend", []string{ann}, "Annabel: hi, <@U1>'s friend"},
		"one name within another": {"Ann Baker: hi Ann", []string{ann, "@slack_t1-u4:example.org"}, "<@U4>: hi <@U1>"},
		"who is not in Slack":     {"Carol: hi", []string{carol}, "Carol: hi"},
		"who is not in Slack, id": {carol + ": hi", []string{carol}, "@Carol: hi"},
		"in an answer, not named": {"fine", []string{bob}, "fine"},
		"in an address":           {"https://example.org/Ann", []string{ann}, "https://example.org/Ann"},
	} {
		t.Run(name, func(t *testing.T) {
			content := &event.MessageEventContent{MsgType: event.MsgText, Body: c.body, Mentions: &event.Mentions{}}
			for _, user := range c.mentions {
				content.Mentions.UserIDs = append(content.Mentions.UserIDs, id.UserID(user))
			}
			require.Equal(t, c.text, slackfmt.ToSlack(content, rooms{}).Text)
			content.Format, content.FormattedBody = event.FormatHTML, "<em>"+c.body+"</em>"
			require.Equal(t, c.text, strings.ReplaceAll(slackfmt.ToSlack(content, rooms{}).Text, "_", ""))
		})
	}
}
