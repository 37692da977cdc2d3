package matrixevent_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixevent"
)

// TestErrorsQuoteNothing: what is wrong is said without a word of what people wrote,
// and what can be read is.
func TestErrorsQuoteNothing(t *testing.T) {
	for name, raw := range map[string]string{
		"a body":       `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":{"msgtype":"m.text","body":{"private":"private"}}}`,
		"a user":       `{"type":"m.room.power_levels","event_id":"$x","room_id":"!r","state_key":"","content":{"users":{"private":"private"}}}`,
		"a number":     `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":{"private":1e400}}`,
		"no object":    `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":"private"}`,
		"nothing":      `{"type":"m.room.message","event_id":"$x","room_id":"!r"}`,
		"a membership": `{"type":"m.room.member","event_id":"$x","room_id":"!r","state_key":"@a:b","content":{"membership":{"private":1}}}`,
		"a sender":     `{"type":"m.room.message","event_id":"$x","room_id":"!r","sender":["private"],"content":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			evt, err := matrixevent.Parse(json.RawMessage(raw))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "private")
			require.EqualValues(t, "$x", evt.ID)
			require.EqualValues(t, "!r", evt.RoomID)
		})
	}
	for _, raw := range []string{``, `null`, `{}`, `[]`, `7`, `"private"`, `{"private":`} {
		evt, err := matrixevent.Parse(json.RawMessage(raw))
		require.Error(t, err, raw)
		require.NotContains(t, err.Error(), "private")
		require.Nil(t, evt)
	}
}

// TestOddFieldsAreLeftOut: what is said is decoded, and what fits of the rest.
func TestOddFieldsAreLeftOut(t *testing.T) {
	type content = event.MessageEventContent
	mentions := func(users ...id.UserID) *event.Mentions { return &event.Mentions{UserIDs: users} }
	for name, tc := range map[string]struct {
		raw  string
		want content
	}{
		"mentions that are a list":  {`"m.mentions":[]`, content{}},
		"a mention that is no list": {`"m.mentions":{"user_ids":"@b:x"}`, content{Mentions: mentions()}},
		"one of several mentions":   {`"m.mentions":{"user_ids":["@b:x",5,{}]}`, content{Mentions: mentions("@b:x")}},
		"a width":                   {`"info":{"w":"","mimetype":"image/png"}`, content{Info: &event.FileInfo{MimeType: "image/png", Extra: map[string]any{}}}},
		"previews":                  {`"com.beeper.linkpreviews":{}`, content{}},
		"a format":                  {`"format":5,"formatted_body":"<b>hi</b>"`, content{FormattedBody: "<b>hi</b>"}},
		"a relation":                {`"m.relates_to":"$a"`, content{}},
		"a reply in a relation":     {`"m.relates_to":{"rel_type":"m.thread","event_id":"$a","m.in_reply_to":7}`, content{RelatesTo: &event.RelatesTo{Type: "m.thread", EventID: "$a"}}},
		"a new content": {
			`"m.new_content":{"body":"ho","m.mentions":[],"info":{"h":[]}}`, content{NewContent: &content{Body: "ho", Info: &event.FileInfo{Extra: map[string]any{}}}},
		},
		"other letters": {`"BODY":{"a":1}`, content{}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, raw := range []string{`"msgtype":"m.text","body":"hi",` + tc.raw, tc.raw + `,"msgtype":"m.text","body":"hi"`} {
				for _, kind := range []string{"m.room.message", "m.sticker"} {
					evt, err := matrixevent.Parse(json.RawMessage(`{"type":"` + kind + `","event_id":"$x","room_id":"!r","sender":"@a:b","content":{` + raw + `}}`))
					require.NoError(t, err)
					want := tc.want
					want.MsgType, want.Body = event.MsgText, "hi"
					require.Equal(t, &want, evt.Content.Parsed)
				}
			}
		})
	}
	for name, raw := range map[string]string{
		"a redaction": `{"type":"m.room.redaction","event_id":"$x","room_id":"!r","sender":"@a:b","redacts":"$y","content":{"reason":5}}`,
		"a topic":     `{"type":"m.room.topic","event_id":"$x","room_id":"!r","sender":"@a:b","state_key":"","content":{"topic":"t","m.topic":[]}}`,
		"a reaction":  `{"type":"m.reaction","event_id":"$x","room_id":"!r","sender":"@a:b","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$y","key":"k","is_falling_back":1}}}`,
	} {
		_, err := matrixevent.Parse(json.RawMessage(raw))
		require.NoError(t, err, name)
	}
}

// TestWhatIsSaidCannotBeDecoded: it is known who said it, and that it is something said.
func TestWhatIsSaidCannotBeDecoded(t *testing.T) {
	const start = `"event_id":"$x","room_id":"!r","sender":"@a:b","content":`
	for raw, said := range map[string]bool{
		`{"type":"m.room.message",` + start + `{"body":5,"m.mentions":[]}}`:                                 true,
		`{"type":"m.sticker",` + start + `{"body":["private"]}}`:                                            true,
		`{"type":"org.matrix.msc3381.poll.start",` + start + `{"org.matrix.msc3381.poll.start":"private"}}`: true,
		`{"type":"m.room.topic","state_key":"",` + start + `{"topic":{"private":1}}}`:                       false,
		`{"type":"m.reaction",` + start + `{"m.relates_to":"private"}}`:                                     false,
		`{"type":"m.room.message",` + start + `"private"}`:                                                  false,
		`{"type":"m.room.message","event_id":"$x","room_id":"!r","content":{"body":5}}`:                     false,
	} {
		evt, err := matrixevent.Parse(json.RawMessage(raw))
		require.Error(t, err, raw)
		require.Equal(t, said, errors.Is(err, matrixevent.ErrSaid), raw)
		require.NotContains(t, err.Error(), "private")
		require.EqualValues(t, "$x", evt.ID)
	}
}

func TestParseTellsKindsApart(t *testing.T) {
	const start, end = `{"type":"m.room.encrypted","event_id":"$x"`, `,"content":{"algorithm":"m.olm.v1.curve25519-aes-sha2","ciphertext":{}}}`
	timeline, err := matrixevent.Parse(json.RawMessage(start + end))
	require.NoError(t, err)
	require.Equal(t, event.EventEncrypted, timeline.Type)
	require.Equal(t, event.SourceTimeline, timeline.Mautrix.EventSource)
	state, err := matrixevent.Parse(json.RawMessage(`{"type":"m.room.topic","state_key":"","content":{"topic":"t"}}`))
	require.NoError(t, err)
	require.Equal(t, event.StateTopic, state.Type)
	toDevice, err := matrixevent.ParseToDevice(json.RawMessage(start + end))
	require.NoError(t, err)
	require.Equal(t, event.ToDeviceEncrypted, toDevice.Type)
	require.Equal(t, event.SourceToDevice, toDevice.Mautrix.EventSource)
}

// FuzzParse: nothing makes it panic, and without an error there is an event.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"m.room.member","state_key":"@a:b","content":{"membership":"join","displayname":7}}`,
		`{"type":"m.room.message","content":{"m.relates_to":{"event_id":"$a"}}}`, `{"type":"m.room.message","content":{"body":"hi","m.mentions":{"user_ids":["@a:b",5]}}}`, `null`, `{"type":7,"content":[]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, parse := range []func(json.RawMessage) (*event.Event, error){matrixevent.Parse, matrixevent.ParseToDevice} {
			evt, err := parse(json.RawMessage(raw))
			if err == nil {
				require.NotNil(t, evt)
				matrixevent.Target(evt)
			}
		}
	})
}
