package slackevent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestOddShapesOfSlack holds shapes that Slack is known to send although its
// reference says otherwise.
func TestOddShapesOfSlack(t *testing.T) {
	message := func(t *testing.T, event string) *slackevent.Message {
		decoded, ok := decode(t, []byte(event)).(*slackevent.Message)
		require.True(t, ok)
		require.Equal(t, "1.2", decoded.TS)
		require.Equal(t, "hi", decoded.Text)
		return decoded
	}
	const head = `{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"1.2",`

	t.Run("reaction on a file named by id", func(t *testing.T) {
		r := decode(t, []byte(`{"type":"reaction_added","user":"U1","reaction":"eyes","item":{"type":"file","file":"F1"}}`)).(*slackevent.Reaction)
		require.Equal(t, "F1", r.Item.FileID())
		require.Empty(t, r.Conversation())
		require.True(t, r.Added())
	})
	t.Run("reaction on a file in full", func(t *testing.T) {
		r := decode(t, []byte(`{"type":"reaction_removed","user":"U1","reaction":"eyes","item":{"type":"file","file":{"id":"F1"}}}`)).(*slackevent.Reaction)
		require.Equal(t, "F1", r.Item.FileID())
		require.False(t, r.Added())
	})
	t.Run("profile fields as a list", func(t *testing.T) {
		for _, kind := range []string{"user_change", "user_profile_changed", "user_status_changed", "team_join"} {
			u := decode(t, []byte(`{"type":"`+kind+`","user":{"id":"U1","profile":{"display_name":"ann","fields":[]}}}`)).(*slackevent.UserChange)
			require.Equal(t, "ann", u.User.Profile.DisplayName)
			require.Empty(t, u.User.Profile.Fields)
		}
	})
	t.Run("user count as a string", func(t *testing.T) {
		s := decode(t, []byte(`{"type":"subteam_updated","subteam":{"id":"S1","handle":"roofers","user_count":"17"}}`)).(*slackevent.SubteamChange)
		require.Equal(t, "roofers", s.Subteam.Handle)
		require.Equal(t, 17, s.Subteam.UserCount)
	})
	t.Run("attachment ts empty, a number, a float", func(t *testing.T) {
		m := message(t, head+`"attachments":[{"ts":"","text":"a"},{"ts":1700000000,"text":"b"},{"ts":1700000000.0001,"text":"c"}]}`)
		require.Len(t, m.Attachments, 3)
		require.Equal(t, []string{"", "1700000000", "1700000000.0001"},
			[]string{m.Attachments[0].TS, m.Attachments[1].TS, m.Attachments[2].TS})
	})
	t.Run("attachment id as string and number", func(t *testing.T) {
		m := message(t, head+`"attachments":[{"id":"1"},{"id":2}]}`)
		require.Equal(t, "1", m.Attachments[0].ID)
		require.Equal(t, "2", m.Attachments[1].ID)
	})
	t.Run("attachment field with a number, a boolean and null", func(t *testing.T) {
		m := message(t, head+`"attachments":[{"fields":[{"title":"n","value":12.50,"short":"true"},{"value":true},{"value":null}]}]}`)
		fields := m.Attachments[0].Fields
		require.Equal(t, slackevent.Field{Title: "n", Value: "12.50", Short: true}, fields[0])
		require.Equal(t, "true", fields[1].Value)
		require.Empty(t, fields[2].Value)
	})
	t.Run("shares as a list", func(t *testing.T) {
		m := message(t, head+`"files":[{"id":"F1","shares":[]},{"id":"F2","shares":{"public":{"C1":[{"ts":"1.2"}]},"private":[]}}]}`)
		require.Len(t, m.Files, 2)
		require.Equal(t, "1.2", m.Files[1].Shares.Public["C1"][0].TS)
	})
	t.Run("metadata payload as a list", func(t *testing.T) {
		m := message(t, head+`"metadata":{"event_type":"matrix_event","event_payload":[]}}`)
		require.Equal(t, "matrix_event", m.Metadata.EventType)
		require.Nil(t, m.Metadata.EventPayload)
	})
	t.Run("objects as empty lists and empty strings", func(t *testing.T) {
		m := message(t, head+`"metadata":[],"edited":"","icons":[],"bot_profile":[],"room":[],"root":[],"blocks":"","files":{},"attachments":""}`)
		require.Nil(t, m.Metadata)
		require.Nil(t, m.Edited)
		require.Nil(t, m.Root)
		require.Nil(t, m.Blocks)
		require.Empty(t, m.Files)
	})
	t.Run("one attachment that cannot be read", func(t *testing.T) {
		m := message(t, head+`"attachments":[{"text":"a"},7,null,{"text":"b"}]}`)
		require.Len(t, m.Attachments, 2)
	})
	t.Run("created with a fraction", func(t *testing.T) {
		c := decode(t, []byte(`{"type":"channel_created","channel":{"id":"C1","name":"fun","created":1449252889.5}}`)).(*slackevent.ChannelCreated)
		require.Equal(t, "fun", c.Channel.Name)
		require.Equal(t, time.Unix(1449252889, 500_000_000).UTC(), c.Channel.Created)
	})
	t.Run("a DM's channel as id", func(t *testing.T) {
		im := decode(t, []byte(`{"type":"im_created","user":"U1","channel":"D1"}`)).(*slackevent.IMCreated)
		require.Equal(t, "D1", im.Conversation())
	})
	t.Run("every key with its empty value", func(t *testing.T) {
		m := decode(t, file(t, "odd/message_of_empty_values.json")).(*slackevent.Message)
		require.Equal(t, "1700000000.000100", m.TS)
		require.Len(t, m.Attachments, 1)
		require.Len(t, m.Attachments[0].Fields, 1)
		require.Len(t, m.Files, 1)
		require.Zero(t, m.Files[0].OriginalW, "a width of no value is no width")
		changed := decode(t, file(t, "odd/message_changed_of_empty_values.json")).(*slackevent.Message)
		require.Equal(t, "1700000000.000100", changed.Message.TS)
		require.Equal(t, "1700000000.000100", changed.PreviousMessage.TS)
		require.Len(t, changed.Message.Attachments, 1)
	})
	t.Run("blocks of the wrong form", func(t *testing.T) {
		for _, blocks := range []string{`[{"type":"section","text":7}]`, `[{"type":"rich_text","elements":"none"}]`, `[1,null]`, `{"type":"divider"}`} {
			m := message(t, head+`"blocks":`+blocks+`}`)
			require.JSONEq(t, blocks, string(m.Blocks), "what they mean is judged by who shows them")
		}
	})
	t.Run("history of a message", func(t *testing.T) {
		m, err := slackevent.DecodeMessage(json.RawMessage(`{"type":"message","ts":"1.2","text":"hi","blocks":[],
			"reactions":[{"name":"eyes","users":["U1"],"count":3}],"replies":[{"user":"U1","ts":"1.3"}],"reply_count":1}`))
		require.NoError(t, err)
		require.Nil(t, m.Blocks)
		require.Equal(t, []slackevent.ReactionCount{{Name: "eyes", Users: []string{"U1"}, Count: 3}}, m.Reactions)
	})
	t.Run("rate limit without an event", func(t *testing.T) {
		cb, err := slackevent.ParseCallback([]byte(`{"token":"","type":"app_rate_limited","team_id":"T1","minute_rate_limited":1518467820,"api_app_id":"A1"}`))
		require.NoError(t, err)
		event, err := slackevent.Decode(cb)
		require.NoError(t, err)
		require.Equal(t, int64(1518467820), event.(*slackevent.RateLimited).Since.Unix())
	})
}

// file reads a file of testdata.
func file(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return content
}

// TestEventsThatCannotBeUnderstoodAreErrors: an event that does not say what it
// is about must not be taken for one about nothing.
func TestEventsThatCannotBeUnderstoodAreErrors(t *testing.T) {
	for name, event := range map[string]string{
		"ts of a message":          `{"type":"message","channel":"C1","ts":{"at":1}}`,
		"channel of a message":     `{"type":"message","channel":["C1"],"ts":"1.2"}`,
		"thread of a message":      `{"type":"message","channel":"C1","ts":"1.2","thread_ts":{}}`,
		"what was changed":         `{"type":"message","subtype":"message_changed","channel":"C1","message":"?"}`,
		"user of a reaction":       `{"type":"reaction_added","user":{"id":"U1"},"reaction":"eyes","item":{}}`,
		"item of a reaction":       `{"type":"reaction_added","user":"U1","reaction":"eyes","item":"?"}`,
		"user changed":             `{"type":"user_change","user":"U1"}`,
		"channel created":          `{"type":"channel_created","channel":"C1"}`,
		"nested without end":       nested(100),
		"id of the group":          `{"type":"subteam_created","subteam":{"id":[]}}`,
		"ids of a changed channel": `{"type":"channel_id_changed","old_channel_id":{},"new_channel_id":"C2"}`,
	} {
		t.Run(name, func(t *testing.T) {
			cb, err := slackevent.ParseCallback(callback([]byte(event)))
			require.NoError(t, err)
			decoded, err := slackevent.Decode(cb)
			require.ErrorIs(t, err, slackevent.ErrShape)
			require.ErrorContains(t, err, "Ev08MFMKH6", "the error names the event")
			require.Nil(t, decoded)
		})
	}
}

// nested is a message in a message in a message …, n times.
func nested(n int) string {
	event := `{"type":"message","channel":"C1","ts":"1.2"}`
	for range n {
		event = `{"type":"message","channel":"C1","ts":"1.2","message":` + event + `}`
	}
	return event
}

func TestPayloadsThatAreNoCallback(t *testing.T) {
	for name, payload := range map[string]string{
		"nothing":           ``,
		"null":              `null`,
		"a list":            `[{"type":"event_callback"}]`,
		"cut short":         `{"type":"event_callback","event":{"type":"mess`,
		"no event":          `{"type":"event_callback","event_id":"Ev1"}`,
		"event a string":    `{"type":"event_callback","event_id":"Ev1","event":"message"}`,
		"event null":        `{"type":"event_callback","event":null}`,
		"event of no type":  `{"type":"event_callback","event":{"user":"U1"}}`,
		"event id a list":   `{"type":"event_callback","event_id":["Ev1"],"event":{"type":"message"}}`,
		"a block action":    `{"type":"block_actions","user":{"id":"U1"}}`,
		"inner type forged": `{"type":"event_callback","inner_type":"message"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := slackevent.ParseCallback([]byte(payload))
			require.ErrorIs(t, err, slackevent.ErrShape)
		})
	}
}
