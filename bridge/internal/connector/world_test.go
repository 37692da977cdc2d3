package connector

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

func TestMain(m *testing.M) {
	bridgev2.PortalEventBuffer = 0
	os.Exit(m.Run())
}

const bridgeSettings = `
command_prefix: "!slack"
relay: {displayname_format: "{{.DisambiguatedName}}"}
permissions: {"*": relay, "@owner:test": admin, "@second:test": admin}
`

// The login of every world, and a public channel.
const (
	teamID, botID = "T1", "UBOT"
	general       = "C1"
	owner         = id.UserID("@owner:test")
)

// The tokens of every login, of the shape that Slack's have.
const (
	botToken = "xoxb-" + "1111-2222-worldworld"
	appToken = "xapp-" + "1-AUBOT-3333-worldworld"
)

// world is the connector in the real framework on a real database, between a
// homeserver and a Slack that tests can make fail at any moment. No socket is
// open: tests hand events over by themselves.
type world struct {
	*testing.T
	bridge *bridgev2.Bridge
	slack  *Connector
	home   *homeserver
	api    *webAPI
	client *Client
	// log is what the framework and the connector log to: unredacted, and searched
	// for tokens when the test ends.
	log zerolog.Logger
}

func newWorld(t *testing.T, changes ...func(*settings.Network)) *world {
	t.Helper()
	log := secrettest.Log(t, botToken, appToken)
	w := &world{T: t, home: newHomeserver(), api: newWebAPI(t), log: zerolog.New(log)}
	db, err := dbutil.NewWithDialect("file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate", "sqlite3-fk-wal")
	require.NoError(t, err)
	network := settings.Network{ConversationCount: 50, SlackAPIURL: w.api.url, SlackTimeScale: 0.001}
	for source, into := range map[string]*settings.Template{
		"{{.RealName}}": &network.Displayname, "#{{.Name}}": &network.ChannelName, "{{.Domain}}": &network.TeamName,
	} {
		*into, err = settings.ParseTemplate(source)
		require.NoError(t, err)
	}
	for _, change := range changes {
		change(&network)
	}
	var config bridgeconfig.BridgeConfig
	require.NoError(t, yaml.Unmarshal([]byte(bridgeSettings), &config))
	w.slack = New(Options{
		Network: network, AliasLocalpart: func(channel string) string { return "slack_" + channel },
		Log: zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(log), zapcore.DebugLevel)),
	})
	w.bridge = bridgev2.NewBridge("", db, w.log, &config, w.home, w.slack, func(*bridgev2.Bridge) bridgev2.CommandProcessor { return nil })
	require.NoError(t, w.bridge.StartConnectors(t.Context()))
	t.Cleanup(w.bridge.Stop)
	w.client = w.login(owner)
	return w
}

// login makes the login of a person without connecting it.
func (w *world) login(person id.UserID) *Client { return w.loginOf(person, botID) }

// loginOf is login for a bot of the workspace's choice.
func (w *world) loginOf(person id.UserID, bot string) *Client {
	w.Helper()
	user, err := w.bridge.GetUserByMXID(w.Context(), person)
	require.NoError(w, err)
	login, err := user.NewLogin(w.Context(), &database.UserLogin{
		ID: networkid.UserLoginID(teamID + "-" + bot), Metadata: &LoginMetadata{Token: botToken, AppToken: appToken},
	}, nil)
	require.NoError(w, err)
	client := login.Client.(*Client)
	client.identity = &slackapi.Identity{
		TeamID: teamID, TeamName: "Example", UserID: bot, BotID: "B" + bot, AppID: "A" + bot, BotName: "bridge",
		Scopes: []string{scopeCustomize},
	}
	require.NoError(w, client.makeSpace(w.Context()))
	return client
}

// room is the portal of #general, made if it is not there.
func (w *world) room() *bridgev2.Portal { return w.roomOf(general) }

// roomOf is the portal of a public channel, made if it is not there.
func (w *world) roomOf(channel string) *bridgev2.Portal {
	w.Helper()
	key := networkid.PortalKey{ID: networkid.PortalID(teamID + "-" + channel)}
	portal, err := w.bridge.GetPortalByKey(w.Context(), key)
	require.NoError(w, err)
	if portal.MXID == "" {
		conversation, err := w.client.places.get(w.Context(), channel)
		require.NoError(w, err)
		require.NoError(w, w.client.resync(conversation))
	}
	require.NotEmpty(w, portal.MXID)
	return portal
}

// hear hands a message event of Slack to its handler.
func (w *world) hear(id string, message slackevent.Message) error {
	if message.Channel == "" {
		message.Channel, message.ChannelType = general, "channel"
	}
	return w.client.handleMessage(w.Context(), id, &message)
}

// write makes the event of a message in #general.
func (w *world) write(event id.EventID, sender id.UserID, body string) *event.Event {
	w.Helper()
	return w.message(event, sender, map[string]any{"msgtype": "m.text", "body": body})
}

// edit makes the event of an edit in #general.
func (w *world) edit(event id.EventID, sender id.UserID, target id.EventID, body string) *event.Event {
	w.Helper()
	return w.message(event, sender, map[string]any{
		"msgtype": "m.text", "body": "* " + body,
		"m.new_content": map[string]any{"msgtype": "m.text", "body": body},
		"m.relates_to":  map[string]any{"rel_type": "m.replace", "event_id": target},
	})
}

func (w *world) message(id id.EventID, sender id.UserID, content map[string]any) *event.Event {
	w.Helper()
	return w.event(id, sender, event.EventMessage, content)
}

// redact makes the event of a redaction in #general.
func (w *world) redact(id id.EventID, sender id.UserID, target id.EventID) *event.Event {
	w.Helper()
	return w.event(id, sender, event.EventRedaction, map[string]any{"redacts": target})
}

// react makes the event of a reaction in #general.
func (w *world) react(id id.EventID, sender id.UserID, target id.EventID, emoji string) *event.Event {
	w.Helper()
	return w.event(id, sender, event.EventReaction, map[string]any{
		"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": target, "key": emoji},
	})
}

func (w *world) event(eventID id.EventID, sender id.UserID, kind event.Type, content map[string]any) *event.Event {
	w.Helper()
	raw, err := json.Marshal(content)
	require.NoError(w, err)
	evt := &event.Event{ID: eventID, Sender: sender, Type: kind, RoomID: w.room().MXID}
	require.NoError(w, json.Unmarshal(raw, &evt.Content))
	require.NoError(w, evt.Content.ParseRaw(kind))
	return evt
}

// receive handles an event of Matrix once, as its room's worker does, and
// returns the verdict.
func (w *world) receive(evt *event.Event) error {
	w.Helper()
	ctx := w.log.WithContext(w.Context())
	if err := w.slack.Gate(ctx, evt); err != nil {
		return err
	}
	if !w.slack.Intercept(ctx, evt) {
		w.bridge.QueueMatrixEvent(ctx, evt)
	}
	return w.slack.Verdict(evt)
}

// restart forgets what the connector keeps in memory only.
func (w *world) restart() { w.slack.verdicts = newVerdicts() }

// rows are the parts of a Slack message in the database.
func (w *world) rows(ts string) []*database.Message {
	w.Helper()
	rows, err := w.bridge.DB.Message.GetAllPartsByID(context.Background(), "", networkid.MessageID(teamID+"-"+general+"-"+ts))
	require.NoError(w, err)
	return rows
}
