package connector

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// stated makes the event of a change of the room of #general.
func (w *world) stated(as id.EventID, kind event.Type, at time.Time, content map[string]any) *event.Event {
	w.Helper()
	raw, err := json.Marshal(content)
	require.NoError(w, err)
	kind.Class = event.StateEventType
	evt := &event.Event{ID: as, Sender: "@ann:test", Type: kind, RoomID: w.room().MXID, StateKey: new(string), Timestamp: at.UnixMilli()}
	require.NoError(w, json.Unmarshal(raw, &evt.Content))
	require.NoError(w, evt.Content.ParseRaw(kind))
	return evt
}

// named makes the event of a new name, and topical that of a new topic.
func (w *world) named(as id.EventID, name string) *event.Event {
	return w.stated(as, event.StateRoomName, time.Now(), map[string]any{"name": name})
}

func (w *world) topical(as id.EventID, topic string) *event.Event {
	return w.stated(as, event.StateTopic, time.Now(), map[string]any{"topic": topic})
}

// describes has Slack show #general as it is set.
func (w *world) describes(topic, purpose string) {
	name := "general"
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.rename":
			name = c.form.Get("name")
		case "conversations.setTopic":
			topic = c.form.Get("topic")
		case "conversations.setPurpose":
			purpose = c.form.Get("purpose")
		case "conversations.info":
		default:
			return nil
		}
		return answer{"channel": answer{
			"id": general, "name": name, "is_channel": true, "is_member": true,
			"topic": answer{"value": topic}, "purpose": answer{"value": purpose},
		}}
	})
}

// states are what the bridge has said of a kind since the room was made.
func (w *world) states(kind event.Type) (all []string) {
	for _, s := range w.home.of(kind) {
		switch content := s.content.Parsed.(type) {
		case *event.RoomNameEventContent:
			all = append(all, content.Name)
		case *event.TopicEventContent:
			all = append(all, content.Topic)
		}
	}
	return all
}

func (w *world) renamed(id, name, ts string) error {
	return w.hearEvent(id, "channel_rename", &slackevent.ChannelRename{
		Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: name}, EventTS: ts,
	})
}

func TestANameFromMatrix(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	before := slackTS(time.Now().Add(-2 * time.Second)) // the clock of Slack that the bridge sees has seconds
	require.NoError(t, w.receive(w.named("$1", "All Hands")))
	require.NoError(t, w.receive(w.named("$2", "#all-hands")))
	calls := w.api.of("conversations.rename")
	require.Len(t, calls, 1, "the second is what the room shows already")
	require.Equal(t, []string{general, "all-hands"}, []string{calls[0].Get("channel"), calls[0].Get("name")})
	require.Equal(t, []string{"#all-hands"}, w.states(event.StateRoomName), "as Slack has it")
	require.NoError(t, w.renamed("E2", "long-ago", before), "of before")
	require.Equal(t, "#all-hands", w.room().Name)
	require.NoError(t, w.renamed("E1", "all-hands", slackTS(time.Now().Add(time.Second))), "the echo")
	require.Equal(t, "#all-hands", w.room().Name)
	require.Len(t, w.states(event.StateRoomName), 1)
	require.NoError(t, w.receive(w.named("$3", "again")), "the echo does not make it outdated")
	require.Len(t, w.api.of("conversations.rename"), 2)
	require.NoError(t, w.renamed("E3", "later", slackTS(time.Now().Add(time.Minute))))
	require.Equal(t, "#later", w.room().Name)
	require.NoError(t, w.receive(w.named("$4", "outdated")))
	require.Len(t, w.api.of("conversations.rename"), 2)
}

func TestATopicFromMatrix(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	require.NoError(t, w.receive(w.topical("$1", "bread & butter")))
	require.Equal(t, "bread &amp; butter", w.api.of("conversations.setTopic")[0].Get("topic"))
	require.NoError(t, w.hear("E1", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: botID, Topic: "bread &amp; butter", TS: slackTS(time.Now().Add(time.Second))}))
	require.Equal(t, "bread & butter", w.room().Topic)
	require.Empty(t, w.states(event.StateTopic))
	require.NoError(t, w.hear("E2", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: "U1", Topic: "old", TS: slackTS(time.Now().Add(-time.Minute))}))
	require.Equal(t, "bread & butter", w.room().Topic)
	require.NoError(t, w.hear("E3", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: "U1", Topic: "new", TS: slackTS(time.Now().Add(time.Minute))}))
	require.Equal(t, []string{"new"}, w.states(event.StateTopic))
	require.NoError(t, w.receive(w.topical("$2", "outdated")))
	require.Len(t, w.api.of("conversations.setTopic"), 1)
}

// TestATopicThatIsThePurpose: a room without a topic shows the purpose, and what people
// change is what they see.
func TestATopicThatIsThePurpose(t *testing.T) {
	w := newWorld(t)
	w.describes("", "for all")
	w.room()
	require.NoError(t, w.receive(w.topical("$1", "for everyone")))
	require.Equal(t, "for everyone", w.api.of("conversations.setPurpose")[0].Get("purpose"))
	require.Empty(t, w.api.of("conversations.setTopic"))

	w.describes("topic", "for everyone")
	require.NoError(t, w.receive(w.topical("$2", "")))
	require.Len(t, w.api.of("conversations.setTopic"), 1)
	require.Equal(t, []string{"for everyone"}, w.states(event.StateTopic), "the purpose is what is left")
}

// TestAChangeThatSlackRefuses is undone in the room, which is told why.
func TestAChangeThatSlackRefuses(t *testing.T) {
	w := newWorld(t)
	room := w.room()
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.rename", "conversations.setTopic":
			return answer{"ok": false, "error": "missing_scope", "needed": "channels:manage", "provided": "chat:write"}
		}
		return nil
	})
	require.NoError(t, w.receive(w.named("$1", "#other")))
	require.NoError(t, w.receive(w.topical("$2", "other")))
	require.NoError(t, w.receive(w.named("$3", " ")))
	require.Equal(t, []string{"#general", "#general"}, w.states(event.StateRoomName))
	require.Equal(t, []string{""}, w.states(event.StateTopic))
	require.Equal(t, "#general", room.Name)
	notices := w.notices()
	require.Len(t, notices, 3)
	require.Contains(t, notices[0], "channels:manage")
	require.Contains(t, notices[2], errNoChannelName.Error())
}

// TestANameThatIsNotTheChannels: what people call a plumbed room is theirs, and a direction
// keeps the channel as it is.
func TestANameThatIsNotTheChannels(t *testing.T) {
	for name, prepare := range map[string]func() *world{
		"plumbed": func() *world {
			w := newWorld(t)
			w.plumb()
			conversation, err := w.client.conversations.get(t.Context(), general)
			require.NoError(t, err)
			require.NoError(t, w.client.resync(t.Context(), nil, conversation))
			return w
		},
		"from Slack alone": func() *world {
			return newWorld(t, oneWay(settings.OnlyFromSlack))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := prepare()
			w.room()
			require.NoError(t, w.receive(w.named("$1", "ours")))
			require.NoError(t, w.receive(w.topical("$2", "ours too")))
			for _, method := range []string{"conversations.rename", "conversations.setTopic", "conversations.setPurpose"} {
				require.Empty(t, w.api.of(method))
			}
		})
	}
}

func TestChannelNamed(t *testing.T) {
	for template, names := range map[string]map[string]string{
		"#{{.Name}}":                         {"#general": "general", "General Talk": "general-talk", " ## X ": "x"},
		"{{.Name}} (Slack)":                  {"general (Slack)": "general", "general": "general"},
		"{{if .IsPrivate}}🔒{{end}}{{.Name}}": {"general": "general"},
		"one name":                           {"general": "general"},
	} {
		parsed, err := settings.ParseTemplate(template)
		require.NoError(t, err)
		c := &Connector{options: Options{Network: settings.Network{ChannelName: parsed}}}
		for shown, name := range names {
			got, err := c.channelNamed(shown)
			require.NoError(t, err)
			require.Equal(t, name, got, "%s, %s", template, shown)
		}
	}
}

// TestATopicIsRemovedOnce: when its event is tried again, the purpose stays.
func TestATopicIsRemovedOnce(t *testing.T) {
	w := newWorld(t)
	topic, purpose, creator, set := "topic", "purpose", "U1", int64(1600000000)
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "conversations.setTopic":
			topic, creator, set = c.form.Get("topic"), botID, time.Now().Unix()
		case "conversations.setPurpose":
			purpose = c.form.Get("purpose")
		case "conversations.info":
		default:
			return nil
		}
		return answer{"channel": answer{
			"id": general, "name": "general", "is_channel": true, "is_member": true,
			"topic": answer{"value": topic, "creator": creator, "last_set": set}, "purpose": answer{"value": purpose},
		}}
	})
	w.room()
	fails := true
	w.home.refuse = func(s sent) error {
		if fails && s.kind.Type == event.StateTopic.Type {
			fails = false
			return refused(502, "M_UNKNOWN", "bad gateway")
		}
		return nil
	}
	evt := w.topical("$1", "")
	require.Error(t, w.receive(evt))
	require.NoError(t, w.receive(evt))
	require.Equal(t, "purpose", purpose)
	require.Empty(t, topic)
	require.Equal(t, []string{"purpose"}, w.states(event.StateTopic))
}
