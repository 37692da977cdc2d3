package slackapi_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
	"ops-jrz1/bridge/internal/slackevent"
)

// Ids of the emulator's default workspace.
const (
	bridgeApp = "A0BRIDGE01"
	botUser   = "U0BRIDGE01"
	annID     = "U0ANN00001"
	general   = "C0GENERAL1"
	random    = "C0RANDOM01"
	lounge    = "C0LOUNGE01" // public, without the bot
	leaders   = "C0PRIVATE1"
	oldOne    = "C0OLD00001" // archived
)

// workspace is a running emulator, its control, and clients of its app.
type workspace struct {
	t       *testing.T
	emu     *emulator.Emulator
	control *control.Client
	counts  *slackapi.Counters
	api     *slackapi.Client
	scale   float64
}

// emulated starts an emulator and a client a hundred times faster than Slack.
func emulated(t *testing.T) *workspace {
	t.Helper()
	return emulatedAt(t, 0.01)
}

// emulatedAt starts both at a pace; rate limits are on, as much wider as waits
// are shorter.
func emulatedAt(t *testing.T, scale float64) *workspace {
	t.Helper()
	pace, rates := clock.New(scale), 1/scale
	t.Cleanup(pace.Close)
	emu, err := emulator.Start(emulator.Options{Clock: pace, RateScale: &rates})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, emu.Close(ctx))
	})
	w := &workspace{t: t, emu: emu, control: control.New(emu.URL()), counts: &slackapi.Counters{}, scale: scale}
	bot, app := emu.Workspace.Tokens(bridgeApp)
	w.api = w.client(bot, app)
	return w
}

func (w *workspace) client(bot, app string) *slackapi.Client {
	return slackapi.New(slackapi.Config{
		APIURL: w.emu.APIURL(), BotToken: secret.New(bot), AppToken: secret.New(app),
		Scale: w.scale, Log: logged(w.t), Metrics: w.counts,
	})
}

// text returns what a message says in the workspace.
func (w *workspace) text(channel, ts string) string {
	w.t.Helper()
	m, err := w.control.Message(w.t.Context(), channel, ts)
	require.NoError(w.t, err)
	return m.Text
}

func TestEmulatorIdentity(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	id, err := w.api.AuthTest(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"T0ACME0001", "Acme", botUser, "B0BRIDGE01", bridgeApp},
		[]string{id.TeamID, id.TeamName, id.UserID, id.BotID, id.AppID})
	require.Empty(t, slackapp.MissingScopes(id.Scopes), "the manifest asks for all that the bridge needs")

	url, err := w.api.OpenSocket(ctx)
	require.NoError(t, err)
	require.Contains(t, url, "ws://127.0.0.1:")
	require.Empty(t, slackapp.MissingAppScopes(w.api.AppScopes()))

	team, err := w.api.Team(ctx)
	require.NoError(t, err)
	require.Equal(t, "acme", team.Domain)
	_, app := w.emu.Workspace.Tokens(bridgeApp)
	appID, ok := slackapi.AppIDOf(secret.New(app))
	require.True(t, ok)
	require.Equal(t, id.AppID, appID)
}

func TestEmulatorPeopleAndConversations(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	user, err := w.api.User(ctx, annID)
	require.NoError(t, err)
	require.Equal(t, "Ann", user.Profile.DisplayName)
	_, err = w.api.User(ctx, "U0NOBODY")
	require.ErrorContains(t, err, "slack users.info: user_not_found")
	bot, err := w.api.Bot(ctx, "B0BRIDGE01")
	require.NoError(t, err)
	require.Equal(t, bridgeApp, bot.AppID)

	all, err := w.api.Conversations(ctx)
	require.NoError(t, err)
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	require.Subset(t, ids, []string{general, random, leaders})
	require.NotContains(t, ids, lounge)
	require.NotContains(t, ids, oldOne)
	public, err := w.api.Conversations(ctx, slackapi.PublicChannel)
	require.NoError(t, err)
	require.Less(t, len(public), len(all))

	info, err := w.api.Conversation(ctx, general)
	require.NoError(t, err)
	require.Equal(t, "general", info.Name)
	members, err := w.api.Members(ctx, random, 0)
	require.NoError(t, err)
	require.Contains(t, members, annID)
	require.Contains(t, members, botUser)

	dm, err := w.api.OpenDM(ctx, annID)
	require.NoError(t, err)
	require.True(t, dm.IsIM)
	joined, err := w.api.Join(ctx, lounge)
	require.NoError(t, err)
	require.Equal(t, lounge, joined.ID)
	_, err = w.api.Join(ctx, lounge)
	require.NoError(t, err, "being inside already is no error")
}

func TestEmulatorManyPages(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	for i := range 450 {
		_, err := w.control.NewUser(ctx, control.UserRequest{Name: fmt.Sprint("person", i)})
		require.NoError(t, err)
	}
	members, err := w.api.Members(ctx, general, 0) // everybody is in it
	require.NoError(t, err)
	require.Greater(t, len(members), 450)
	require.GreaterOrEqual(t, w.counts.Snapshot()["conversations.members"].Outcomes["ok"], 3)
}

func TestEmulatorMessages(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	root, err := w.api.Post(ctx, slackapi.PostRequest{
		Channel: random, Text: "hello", EventID: "$root", Username: "Ann from Matrix", IconURL: "https://h/a.png",
		Blocks: []slack.Block{slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement("hello", nil)))},
	})
	require.NoError(t, err)
	reply, err := w.api.Post(ctx, slackapi.PostRequest{Channel: random, ThreadTS: root.TS, Text: "answer", EventID: "$reply", Piece: 1, Broadcast: true})
	require.NoError(t, err)

	page, err := w.api.History(ctx, slackapi.HistoryRequest{Channel: random, Limit: 10})
	require.NoError(t, err)
	at := slices.IndexFunc(page.Messages, func(m *slackevent.Message) bool { return m.TS == root.TS })
	require.GreaterOrEqual(t, at, 0)
	require.Equal(t, "Ann from Matrix", page.Messages[at].Username)
	require.Equal(t, slackapi.MetadataType, page.Messages[at].Metadata.EventType)
	replies, err := w.api.Replies(ctx, slackapi.HistoryRequest{Channel: random, ThreadTS: root.TS})
	require.NoError(t, err)
	require.Equal(t, []string{root.TS, reply.TS}, []string{replies.Messages[0].TS, replies.Messages[1].TS})

	for _, tc := range []struct {
		thread, event string
		piece         int
		want          string
	}{{"", "$root", 0, root.TS}, {root.TS, "$reply", 1, reply.TS}, {root.TS, "$reply", 0, ""}, {"", "$never", 0, ""}} {
		found, err := w.api.FindPosted(ctx, slackapi.PostRequest{
			Channel: random, ThreadTS: tc.thread, EventID: tc.event, Piece: tc.piece, Since: time.Now().Add(-time.Minute),
		})
		require.NoError(t, err)
		require.Equal(t, slackapi.PostResult{TS: tc.want, Found: tc.want != ""}, found)
	}

	require.NoError(t, w.api.Update(ctx, slackapi.UpdateRequest{Channel: random, TS: root.TS, Text: "hello again"}))
	require.Equal(t, "hello again", w.text(random, root.TS))
	link, err := w.api.Permalink(ctx, random, root.TS)
	require.NoError(t, err)
	require.Contains(t, link, "/archives/"+random+"/p")

	require.NoError(t, w.api.AddReaction(ctx, random, root.TS, "tada"))
	require.NoError(t, w.api.AddReaction(ctx, random, root.TS, "tada"), "there already")
	require.NoError(t, w.api.RemoveReaction(ctx, random, root.TS, "tada"))
	require.NoError(t, w.api.RemoveReaction(ctx, random, root.TS, "tada"), "gone already")

	require.NoError(t, w.api.Delete(ctx, random, reply.TS))
	require.NoError(t, w.api.Delete(ctx, random, reply.TS), "gone already")
}

func TestEmulatorRefusals(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	post := func(channel, text string) error {
		_, err := w.api.Post(ctx, slackapi.PostRequest{Channel: channel, Text: text, EventID: "$x"})
		return err
	}
	anns, err := w.control.Say(ctx, "ann", random, "mine")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		err  error
		text string
	}{
		"empty":     {post(random, ""), "no_text"},
		"archived":  {post(oldOne, "x"), "is_archived: the channel is archived"},
		"outside":   {post(lounge, "x"), "not_in_channel: the bot is not in the channel; write /invite @"},
		"nowhere":   {post("C0NOWHERE", "x"), "channel_not_found"},
		"not ours":  {w.api.Update(ctx, slackapi.UpdateRequest{Channel: random, TS: anns, Text: "x"}), "cant_update_message: a bot may change its own messages only"},
		"not ours ": {w.api.Delete(ctx, random, anns), "cant_delete_message"},
	} {
		require.ErrorContains(t, tc.err, tc.text, name)
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(tc.err), name)
	}
}

func TestEmulatorCredentials(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	bot, app := w.emu.Workspace.Tokens(bridgeApp)
	swapped := w.client(app, bot)
	_, err := swapped.AuthTest(ctx)
	require.ErrorContains(t, err, "swapped?")
	_, err = swapped.OpenSocket(ctx)
	require.ErrorContains(t, err, "swapped?")
	_, err = w.client("xoxb-"+"000000000000-unknown", app).AuthTest(ctx)
	require.ErrorContains(t, err, "invalid_auth: Slack does not know the bot token")

	_, err = w.control.ChangeApp(ctx, control.AppRequest{RemoveScopes: []string{"users:read"}})
	require.NoError(t, err)
	require.NoError(t, w.control.Reinstall(ctx, control.TokenRequest{}))
	bot, app = w.emu.Workspace.Tokens(bridgeApp)
	reduced := w.client(bot, app)
	_, err = reduced.User(ctx, annID)
	require.Equal(t, slackapi.MissingScope, slackapi.KindOf(err))
	require.ErrorContains(t, err, "users:read (for names and avatars")
	missing := slackapp.MissingScopes(reduced.Scopes())
	require.Len(t, missing, 1)
	require.Equal(t, "users:read", missing[0].Name)

	require.NoError(t, w.control.Uninstall(ctx, bridgeApp))
	_, err = reduced.AuthTest(ctx)
	require.Equal(t, slackapi.Credentials, slackapi.KindOf(err))
}

// Each fault hits a post once; one message must be in the channel, and its ts
// must be what the caller gets.
func TestEmulatorPostOnce(t *testing.T) {
	for name, fault := range map[string]web.Fault{
		"answer cut":     {Cut: true, After: true},
		"call cut":       {Cut: true},
		"502 after":      {Status: 502, After: true},
		"503 before":     {Status: 503},
		"internal error": {Error: "internal_error", After: true},
		"429":            {Status: 429, RetryAfter: 2},
	} {
		for _, inThread := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w, ctx := emulated(t), t.Context()
				fault := fault // each run has its own
				r := slackapi.PostRequest{Channel: random, Text: "once", EventID: "$once"}
				if inThread {
					root, err := w.control.Say(ctx, "ann", random, "root")
					require.NoError(t, err)
					r.ThreadTS = root
				}
				fault.Method = "chat.postMessage"
				require.NoError(t, w.control.FailCalls(ctx, fault))
				result, err := w.api.Post(ctx, r)
				require.NoError(t, err)
				messages, err := w.control.Messages(ctx, random)
				require.NoError(t, err)
				var stands []string
				for _, m := range messages {
					if m.Text == "once" {
						stands = append(stands, m.TS)
					}
				}
				require.Equal(t, []string{result.TS}, stands)
				require.Equal(t, fault.After, result.Found)
			})
		}
	}
}

func TestEmulatorReadsAndWritesSurviveFaults(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	own, err := w.api.Post(ctx, slackapi.PostRequest{Channel: random, Text: "x", EventID: "$own"})
	require.NoError(t, err)
	for _, fault := range []web.Fault{{Cut: true, After: true}, {Cut: true}, {Status: 500, After: true}, {Status: 429, RetryAfter: 1}} {
		for method, call := range map[string]func() error{
			"users.info":  func() error { _, err := w.api.User(ctx, annID); return err },
			"chat.update": func() error { return w.api.Update(ctx, slackapi.UpdateRequest{Channel: random, TS: own.TS, Text: "y"}) },
			"reactions.add": func() error {
				return w.api.AddReaction(ctx, random, own.TS, "tada")
			},
			"reactions.remove": func() error { return w.api.RemoveReaction(ctx, random, own.TS, "tada") },
		} {
			fault.Method = method
			require.NoError(t, w.control.FailCalls(ctx, fault))
			require.NoError(t, call(), "%s %+v", method, fault)
		}
	}
	require.NoError(t, w.control.FailCalls(ctx, web.Fault{Method: "chat.delete", Cut: true, After: true}))
	require.NoError(t, w.api.Delete(ctx, random, own.TS))
}

// Six posts in each of four channels, as fast as the client lets them and at
// Slack's own pace: the emulator refuses the fifth at once, and must not have to.
func TestEmulatorLimitsAreKept(t *testing.T) {
	t.Parallel()
	w, ctx := emulatedAt(t, 1), t.Context()
	var group sync.WaitGroup
	for _, channel := range []string{general, random, leaders, "C0MPIM0001"} {
		group.Go(func() {
			for range 6 {
				if _, err := w.api.Post(ctx, slackapi.PostRequest{Channel: channel, Text: "x"}); err != nil {
					t.Errorf("post in %s: %v", channel, err)
				}
			}
		})
	}
	group.Wait()
	calls, err := w.control.Calls(ctx, control.CallFilter{Method: "chat.postMessage"})
	require.NoError(t, err)
	require.Len(t, calls, 24)
	for _, c := range calls {
		require.True(t, c.OK, "%+v", c)
	}
}
