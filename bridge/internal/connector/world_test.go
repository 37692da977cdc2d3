package connector

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/media"
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
// homeserver and a Slack that tests can make fail at any moment. There is no socket:
// tests deliver events themselves.
type world struct {
	*testing.T
	bridge *bridgev2.Bridge
	slack  *Connector
	home   *homeserver
	files  *homeFiles
	media  *mediaRepo
	spool  string
	api    *webAPI
	client *Client
	// running are the sources whose rows are handled.
	running map[string]chan try
	// life is longer after each restart.
	life string
	// handed are the keys of rows that tests handed over, and of an earlier life those
	// that are not tried any more.
	rowsMu        sync.Mutex
	handed, ended map[string]bool
	// log is what the framework and the connector log to: unredacted, and searched
	// for tokens when the test ends.
	log zerolog.Logger
}

func newWorld(t *testing.T, changes ...func(*settings.Network)) *world {
	t.Helper()
	log := secrettest.Log(t, botToken, appToken)
	files := newHomeFiles(t)
	w := &world{T: t, home: newHomeserver(), files: files, media: &mediaRepo{}, spool: t.TempDir(), api: newWebAPI(t), log: zerolog.New(log), running: map[string]chan try{}, handed: map[string]bool{}, ended: map[string]bool{}}
	db := databasetest.Open(t)
	network := settings.Network{ConversationCount: 50, RoomMembers: -1, SlackAPIURL: w.api.url, SlackTimeScale: 0.001, MissedMentions: time.Hour}
	for source, into := range map[string]*settings.Template{
		"{{.RealName}}": &network.Displayname, "#{{.Name}}": &network.ChannelName, "{{.Domain}}": &network.TeamName,
	} {
		var err error
		*into, err = settings.ParseTemplate(source)
		require.NoError(t, err)
	}
	for _, change := range changes {
		change(&network)
	}
	var config bridgeconfig.BridgeConfig
	require.NoError(t, yaml.Unmarshal([]byte(bridgeSettings), &config))
	spool, err := media.OpenSpool(w.spool, spoolBytes)
	require.NoError(t, err)
	w.slack = New(Options{
		Spool: spool, MaxFileSize: spoolBytes, Media: w.media,
		Network: network, AliasLocalpart: func(channel string) string { return "slack_" + channel }, ErrorNotices: true, History: w.home,
		Files: files.repository(t),
		Log:   zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(log), zapcore.DebugLevel)),
	})
	w.bridge = bridgev2.NewBridge("", db, w.log, &config, w.home, w.slack, func(*bridgev2.Bridge) bridgev2.CommandProcessor { return nil })
	w.home.keepsOut = w.slack.keepsOut
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
	login, err := w.slack.newLogin(w.Context(), user, &database.UserLogin{
		ID: networkid.UserLoginID(teamID + "-" + bot), Metadata: &LoginMetadata{Token: botToken, AppToken: appToken},
	})
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
		conversation, err := w.client.conversations.get(w.Context(), channel)
		require.NoError(w, err)
		require.NoError(w, w.client.resync(w.Context(), nil, conversation))
	}
	require.NotEmpty(w, portal.MXID)
	return portal
}

// hear handles a message event from Slack once, as if it came under an event id.
func (w *world) hear(id string, message slackevent.Message) error {
	w.Helper()
	if message.Channel == "" {
		message.Channel, message.ChannelType = general, "channel"
	}
	return w.hearEvent(id+" "+message.TS, "message", &message)
}

// hearEvent handles any event from Slack once and returns the outcome. An event that is
// not done is tried again when it comes again.
func (w *world) hearEvent(id, kind string, event slackevent.Event) error {
	w.Helper()
	source := sourceOf(w.client.login.ID)
	row := inbox.Row{
		Source: source, Key: id, Lane: w.client.lane(event.Conversation()), Kind: kindEvent,
		Decoded: storedEvent{kind: kind, event: event}, Payload: []byte("{}"),
	}
	_, row.Self, row.About = names(event)
	return w.handle(row, w.slack.HandleSlack)
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

// reactWith is react with a picture, which has a name.
func (w *world) reactWith(id id.EventID, sender id.UserID, target id.EventID, picture, shortcode string) *event.Event {
	w.Helper()
	return w.event(id, sender, event.EventReaction, map[string]any{
		"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": target, "key": picture}, shortcodeKey: shortcode,
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

// receive handles an event from Matrix once and returns the outcome. An event that is not
// done is tried again when it comes again.
func (w *world) receive(evt *event.Event) error {
	w.Helper()
	raw, err := json.Marshal(evt)
	require.NoError(w, err)
	w.home.keep(evt)
	return w.handle(inbox.Row{
		Source: matrixevent.Source, Key: evt.ID.String(), Lane: evt.RoomID.String(), Kind: matrixevent.KindEvent,
		Self: evt.ID.String(), About: matrixevent.Target(evt).String(), Payload: raw,
	}, w.slack.HandleMatrix)
}

// handle puts a row, has the handler try it once, and returns the result.
func (w *world) handle(row inbox.Row, handle inbox.Handle) error {
	w.Helper()
	row.Key += w.life
	w.rowsMu.Lock()
	w.handed[row.Key] = true
	w.rowsMu.Unlock()
	tried := w.run(row.Source, handle)
	fresh, err := w.slack.inbox.Put(w.Context(), row)
	require.NoError(w, err)
	if fresh == 0 && !w.waits(row) {
		return nil
	}
	deadline := time.After(30 * time.Second)
	for {
		select {
		case try := <-tried:
			if try.key == row.Key {
				return try.err
			}
		case <-time.After(5 * time.Millisecond):
			if fresh == 0 && !w.waits(row) {
				return nil // it was done before, and its mark was not written yet
			}
			w.slack.inbox.Hurry(row.Source)
		case <-deadline:
			w.Fatalf("row %s was not tried", row.Key)
		}
	}
}

// session begins a session of the login whose rows are handled, without a socket.
func (w *world) session() *session {
	w.run(sourceOf(w.client.login.ID), w.slack.HandleSlack)
	return &session{client: w.client}
}

// settled waits until no row of the login waits.
func (w *world) settled() {
	w.Helper()
	require.Eventually(w, func() bool { return w.slack.inbox.Waiting(sourceOf(w.client.login.ID)) == 0 }, 30*time.Second, time.Millisecond)
}

// waits says whether a row is in the inbox and not parked.
func (w *world) waits(row inbox.Row) bool {
	w.Helper()
	rows, err := w.slack.inbox.List(w.Context())
	require.NoError(w, err)
	return slices.ContainsFunc(rows, func(there inbox.Parked) bool {
		return there.Source == row.Source && there.Key == row.Key && there.Since.IsZero()
	})
}

// try is how a handler's try at a row ended.
type try struct {
	key string
	err error
}

// run handles a source's rows until the test ends, and returns a channel of the outcomes.
func (w *world) run(source string, handle inbox.Handle) <-chan try {
	w.rowsMu.Lock()
	defer w.rowsMu.Unlock()
	if tried := w.running[source]; tried != nil {
		for len(tried) > 0 {
			<-tried // an unread outcome
		}
		return tried
	}
	tried := make(chan try, 1000)
	w.running[source] = tried
	ctx, stop := context.WithCancel(w.log.WithContext(context.Background()))
	var ended sync.WaitGroup
	ended.Go(func() {
		_ = w.slack.inbox.Run(ctx, source, func(ctx context.Context, a *inbox.Attempt) error {
			w.rowsMu.Lock()
			ended, restarted := w.ended[a.Key], w.life != ""
			w.rowsMu.Unlock()
			if ended {
				return nil // the row that comes again stands for it
			}
			if restarted && a.Try == 1 {
				a.Unsure = true
			}
			err := handle(ctx, a)
			tried <- try{a.Key, err}
			return err
		}, w.policy(source))
	})
	w.Cleanup(func() { stop(); ended.Wait() })
	return tried
}

// policy is how the bridge itself has the rows of a source handled.
func (w *world) policy(source string) inbox.Policy {
	if source == matrixevent.Source {
		return w.slack.MatrixPolicy()
	}
	return w.client.policy()
}

// restart makes redelivered events look as if an earlier process had begun to handle them:
// the marks of their rows are lost.
func (w *world) restart() {
	w.rowsMu.Lock()
	defer w.rowsMu.Unlock()
	maps.Copy(w.ended, w.handed)
	clear(w.handed)
	w.life += "'"
}

// rows are the parts of a Slack message in the database.
func (w *world) rows(ts string) []*database.Message {
	w.Helper()
	rows, err := w.bridge.DB.Message.GetAllPartsByID(context.Background(), "", networkid.MessageID(teamID+"-"+general+"-"+ts))
	require.NoError(w, err)
	return inOrder(rows)
}
