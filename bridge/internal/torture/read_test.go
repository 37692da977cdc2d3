package torture

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

var general = &place{name: "general", channel: "C0GENERAL1", room: "!general"}

// TestRoomReader turns a room's events into what the room shows.
func TestRoomReader(t *testing.T) {
	for name, tc := range map[string]struct {
		events []string
		want   []Post
	}{
		"a message": {
			[]string{`{"event_id":"$a","type":"m.room.message","content":{"body":"s1.0 hello"}}`},
			[]Post{{Tag: "s1", First: true}},
		},
		"words without a tag": {
			[]string{`{"event_id":"$a","type":"m.room.message","content":{"body":"hello"}}`},
			nil,
		},
		"a redacted one": {
			[]string{`{"event_id":"$a","type":"m.room.message","content":{},"unsigned":{"redacted_because":{"type":"m.room.redaction","event_id":"$r"}}}`},
			nil,
		},
		"an edit": {
			[]string{
				`{"event_id":"$a","type":"m.room.message","sender":"@ann:bed.test","content":{"body":"m1.0"}}`,
				`{"event_id":"$b","type":"m.room.message","sender":"@ann:bed.test","content":{"body":"* m1.1","m.new_content":{"body":"m1.1"},"m.relates_to":{"rel_type":"m.replace","event_id":"$a"}}}`,
			},
			[]Post{{Tag: "m1", Rev: 1, First: true, Edits: []int{1}}},
		},
		"an edit by another person": {
			[]string{
				`{"event_id":"$a","type":"m.room.message","sender":"@ann:bed.test","content":{"body":"m1.0"}}`,
				`{"event_id":"$b","type":"m.room.message","sender":"@eve:bed.test","content":{"body":"* m1.1","m.new_content":{"body":"m1.1"},"m.relates_to":{"rel_type":"m.replace","event_id":"$a"}}}`,
			},
			[]Post{{Tag: "m1", First: true}},
		},
		"a thread": {
			[]string{
				`{"event_id":"$a","type":"m.room.message","content":{"body":"m1.0"}}`,
				`{"event_id":"$b","type":"m.room.message","content":{"body":"s2.0","m.relates_to":{"rel_type":"m.thread","event_id":"$a"}}}`,
			},
			[]Post{{Tag: "m1", First: true}, {Tag: "s2", First: true, Root: "m1"}},
		},
		"a mention": {
			[]string{`{"event_id":"$a","type":"m.room.message","content":{"body":"s1.0 for Bob Baker","formatted_body":"s1.0 for <a href=\"https://matrix.to/#/` + string(ghost("bob")) + `\">Bob Baker</a>"}}`},
			[]Post{{Tag: "s1", First: true, Mentions: []string{"bob"}}},
		},
		"parts of a long message": {
			[]string{
				`{"event_id":"$a","type":"m.room.message","content":{"body":"s1.0 s1.0w1 s1.0w2"}}`,
				`{"event_id":"$b","type":"m.room.message","content":{"body":"s1.0w3"}}`,
			},
			[]Post{{Tag: "s1", First: true, Words: []int{1, 2}}, {Tag: "s1", Words: []int{3}}},
		},
		"reactions": {
			[]string{
				`{"event_id":"$a","type":"m.room.message","content":{"body":"m1.0"}}`,
				`{"event_id":"$b","type":"m.reaction","sender":"` + string(ghost("cleo")) + `","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"❤"}}}`,
				`{"event_id":"$c","type":"m.reaction","sender":"@ann:bed.test","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"👍"}}}`,
			},
			[]Post{{Tag: "m1", First: true, Reactions: []Reaction{{Slack, "cleo", "heart"}, {Matrix, "ann", "+1"}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			room := newRoomReader(general)
			for _, text := range tc.events {
				var evt event.Event
				require.NoError(t, json.Unmarshal([]byte(text), &evt))
				room.read(&evt)
			}
			for i := range tc.want {
				tc.want[i].Place = "general"
			}
			for i := range room.posts {
				require.NotEmpty(t, room.posts[i].Ref)
				room.posts[i].Ref = ""
			}
			require.Equal(t, tc.want, room.posts)
		})
	}
}

// TestChannelReader turns Slack's messages into what the channel shows, with the thread
// in its place.
func TestChannelReader(t *testing.T) {
	messages := []workspace.Message{
		{TS: "2.0", Text: "m2.1 for <@U0BOB00001>"},
		{TS: "1.0", Text: "s1.0", ThreadTS: "1.0", Reactions: []workspace.Reaction{{Name: "eyes", Users: []string{"U0CLEO0001", bridgeBot}}}},
		{TS: "3.0", Text: "a person joined"},
		{TS: "1.0", Text: "s1.0", ThreadTS: "1.0"},
		{TS: "1.5", Text: "m1.0w3 m1.0w4", ThreadTS: "1.0"},
	}
	require.Equal(t, []Post{
		{Tag: "s1", First: true, Place: "general", Ref: "1.0", Reactions: []Reaction{{Slack, "cleo", "eyes"}, {Matrix, "the bridge", "eyes"}}},
		{Tag: "m1", Words: []int{3, 4}, Place: "general", Ref: "1.5", Root: "s1"},
		{Tag: "m2", Rev: 1, First: true, Place: "general", Ref: "2.0", Mentions: []string{"bob"}},
	}, channelPosts(general, messages))
}
