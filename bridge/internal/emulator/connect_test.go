package emulator_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/seed"
)

// The ids of the two workspaces that share channels.
const (
	home     = "T0HOME0001"
	away     = "T0AWAY0001"
	partners = "C0PARTNER1" // shared
	inside   = "C0INSIDE01" // not shared
	zoe      = "U0ZOE00001" // of the other workspace, in the shared channel
	yan      = "U0YAN00001" // of the other workspace, in no shared channel
	awayApp  = "A0AWAY0001"
	awayBot  = "U0AWAYBOT1"
)

const connectedSeed = `
team: {id: ` + home + `, name: Home, domain: home}
users:
  - {id: ` + ann + `, name: ann, real_name: Ann Home, owner: true}
  - {id: ` + bob + `, name: bob}
apps:
  - {id: ` + app + `, bot_user_id: ` + botUser + `, bot_id: ` + botID + `}
channels:
  - {id: ` + general + `, name: general, general: true, members: [ann, bob, ` + botUser + `]}
  - id: ` + partners + `
    name: partners
    members: [ann, ` + botUser + `]
    shared_with:
      - {team: ` + away + `, name: with-home, private: true, members: [zoe, ` + awayBot + `]}
  - {id: ` + inside + `, name: inside, members: [ann, bob, ` + botUser + `]}
workspaces:
  - team: {id: ` + away + `, name: Away, domain: away}
    users:
      - {id: ` + zoe + `, name: zoe, real_name: Zoe Away, display_name: Zoe, email: zoe@away.example, owner: true}
      - {id: ` + yan + `, name: yan}
    apps:
      - {id: ` + awayApp + `, bot_user_id: ` + awayBot + `, bot_id: B0AWAYBOT1}
    channels:
      - {id: C0AWAYGEN1, name: general, general: true, members: [zoe, yan]}
`

// pair is an emulator with two workspaces, seen from both.
type pair struct {
	*emu
	// away is the same emulator with the clients of the other workspace.
	away *emu
}

func connected(t testing.TB) pair {
	t.Helper()
	e := start(t, withSeed(t, connectedSeed))
	other := *e
	require.Len(t, e.Neighbours, 1)
	other.bot, other.level = e.Neighbours[0].Workspace.Tokens(awayApp)
	other.ctl, other.last = control.NewOf(e.URL(), away), nil
	other.slack = slack.New(other.bot, slack.OptionAPIURL(e.APIURL()))
	return pair{e, &other}
}

// in are the ids of a list of users of an answer.
func in(list any) (ids []string) {
	for _, v := range list.([]any) {
		ids = append(ids, fmt.Sprint(v))
	}
	return ids
}

// TestSlackConnect is a channel that two workspaces share. The statements are those of
// docs.slack.dev/apis/slack-connect unless another source is named.
func TestSlackConnect(t *testing.T) {
	t.Run("a channel has one id and in each workspace its own name and privacy", func(t *testing.T) {
		e := connected(t)
		here, there := e.must("conversations.info", "channel", partners), e.away.must("conversations.info", "channel", partners)
		require.Equal(t, []any{partners, "partners", false}, []any{here.at("channel", "id"), here.at("channel", "name"), here.at("channel", "is_private")})
		require.Equal(t, []any{partners, "with-home", true}, []any{there.at("channel", "id"), there.at("channel", "name"), there.at("channel", "is_private")})
		require.NoError(t, e.ctl.RenameChannel(e.ctx(), ann, partners, "friends"))
		require.Equal(t, "with-home", e.away.must("conversations.info", "channel", partners).at("channel", "name"))
	})
	t.Run("is_shared and is_ext_shared, not is_org_shared", func(t *testing.T) {
		e := connected(t)
		for _, side := range []*emu{e.emu, e.away} {
			ch := side.must("conversations.info", "channel", partners)
			require.Equal(t, []any{true, true, false}, []any{ch.at("channel", "is_shared"), ch.at("channel", "is_ext_shared"), ch.at("channel", "is_org_shared")})
		}
		require.Equal(t, false, e.must("conversations.info", "channel", inside).at("channel", "is_ext_shared"))
	})
	t.Run("conversations.info tells the connected workspaces and the host, lists do not", func(t *testing.T) {
		e := connected(t)
		require.Equal(t, home, e.away.must("conversations.info", "channel", partners).at("channel", "conversation_host_id"))
		require.Equal(t, []any{home}, e.away.must("conversations.info", "channel", partners).at("channel", "connected_team_ids"))
		require.Equal(t, []any{away}, e.must("conversations.info", "channel", partners).at("channel", "connected_team_ids"))
		require.NotContains(t, e.must("conversations.list", "limit", "100").raw, `"connected_team_ids"`)
	})
	t.Run("conversations.members returns the people of all workspaces", func(t *testing.T) {
		e := connected(t)
		for _, side := range []*emu{e.emu, e.away} {
			require.ElementsMatch(t, []string{ann, botUser, zoe, awayBot}, in(side.must("conversations.members", "channel", partners).at("members")))
		}
	})
	t.Run("users.info knows people of the other workspace, users.list does not", func(t *testing.T) {
		e := connected(t)
		user := e.must("users.info", "user", zoe)
		require.Equal(t, []any{away, away, "Zoe"}, []any{user.at("user", "team_id"), user.at("user", "profile", "team"), user.at("user", "profile", "display_name")})
		require.NotContains(t, e.must("users.list").raw, zoe)
	})
	t.Run("is_stranger is who shares no channel with the app; who does has no such flag", func(t *testing.T) {
		e := connected(t)
		require.Nil(t, e.must("users.info", "user", zoe).at("user", "is_stranger"))
		require.Equal(t, true, e.must("users.info", "user", yan).at("user", "is_stranger"))
	})
	t.Run("profiles of external members have no locale", func(t *testing.T) {
		e := connected(t)
		require.Nil(t, e.must("users.info", "user", zoe, "include_locale", "true").at("user", "locale"))
		require.Equal(t, "en-US", e.must("users.info", "user", ann, "include_locale", "true").at("user", "locale"))
	})
	t.Run("who belongs to no connected workspace is not found", func(t *testing.T) {
		e := connected(t)
		require.Equal(t, "user_not_found", e.form("users.info", "user", "U0NOONE001").code())
	})
	t.Run("history is the same in all workspaces", func(t *testing.T) {
		e := connected(t)
		ts, err := e.away.ctl.Say(e.ctx(), zoe, partners, "hello")
		require.NoError(t, err)
		answer := e.must("chat.postMessage", "channel", partners, "text", "welcome", "thread_ts", ts)
		require.NoError(t, e.ctl.React(e.ctx(), ann, partners, ts, "wave"))
		for _, side := range []*emu{e.emu, e.away} {
			require.Equal(t, ts, side.history(partners)[0]["ts"])
			require.Len(t, side.must("conversations.replies", "channel", partners, "ts", ts).at("messages"), 2)
			require.NotEmpty(t, side.history(partners)[0]["reactions"])
			require.Contains(t, side.must("conversations.replies", "channel", partners, "ts", ts).raw, answer.at("ts").(string))
		}
		require.NoError(t, e.away.ctl.Delete(e.ctx(), zoe, partners, ts))
		require.Equal(t, "tombstone", e.history(partners)[0]["subtype"])
	})
	t.Run("apps of each workspace hear what is said in the other, once", func(t *testing.T) {
		e := connected(t)
		here, there := e.connect(), e.away.another()
		_, err := e.away.ctl.Say(e.ctx(), zoe, partners, "hello")
		require.NoError(t, err)
		heard := here.take()
		require.Equal(t, []string{"hello", "channel"}, []string{heard.event("text"), heard.event("channel_type")})
		heard = there.take()
		require.Equal(t, []string{"hello", "group"}, []string{heard.event("text"), heard.event("channel_type")}, "it is private there")
		_, err = e.ctl.Say(e.ctx(), ann, partners, "welcome")
		require.NoError(t, err)
		require.Equal(t, "welcome", here.take().event("text"))
		require.Equal(t, "welcome", there.take().event("text"))
	})
	t.Run("is_ext_shared_channel is of the envelope", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		_, err := e.away.ctl.Say(e.ctx(), zoe, partners, "hello")
		require.NoError(t, err)
		require.Contains(t, w.take().raw, `"is_ext_shared_channel":true`)
		_, err = e.ctl.Say(e.ctx(), ann, inside, "hello")
		require.NoError(t, err)
		require.Contains(t, w.take().raw, `"is_ext_shared_channel":false`)
	})
	t.Run("team_id is the author's workspace, the authorization the app's (slackapi/java-slack-sdk#629)", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		_, err := e.away.ctl.Say(e.ctx(), zoe, partners, "hello")
		require.NoError(t, err)
		heard := w.take()
		require.Equal(t, away, heard.Payload.Team)
		require.Equal(t, home, heard.Payload.Auths[0].(map[string]any)["team_id"])
		require.Contains(t, heard.raw, `"context_team_id":"`+home+`"`)
	})
	t.Run("messages of shared channels have user_team and source_team, mentions of an app too (slack-go/slack#695)", func(t *testing.T) {
		e := connected(t)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{App: app, AddScopes: []string{"app_mentions:read"}, AddEvents: []string{"app_mention"}})
		require.NoError(t, err)
		w := e.connect()
		_, err = e.away.ctl.Say(e.ctx(), zoe, partners, "hello <@"+botUser+">")
		require.NoError(t, err)
		for _, kind := range []string{"message", "app_mention"} {
			heard := w.wait(kind, "")
			require.Equal(t, []string{away, away, away}, []string{heard.event("team"), heard.event("user_team"), heard.event("source_team")}, kind)
			require.Equal(t, "Zoe", heard.Payload.Event["user_profile"].(map[string]any)["display_name"])
		}
		_, err = e.ctl.Say(e.ctx(), ann, inside, "hello")
		require.NoError(t, err)
		heard := w.take()
		require.NotContains(t, heard.Payload.Event, "user_team")
	})
	t.Run("who joins and leaves, with the workspace they are of", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		require.NoError(t, e.away.ctl.Invite(e.ctx(), zoe, partners, "yan"))
		joined := w.wait("member_joined_channel", "")
		require.Equal(t, []string{yan, away, "C", zoe}, []string{joined.event("user"), joined.event("team"), joined.event("channel_type"), joined.event("inviter")})
		require.NoError(t, e.away.ctl.Leave(e.ctx(), yan, partners))
		left := w.wait("member_left_channel", "")
		require.Equal(t, []string{yan, away}, []string{left.event("user"), left.event("team")})
		require.NotContains(t, in(e.must("conversations.members", "channel", partners).at("members")), yan)
	})
	t.Run("files are stubs in events, whoever uploads them, and whole in history and files.info", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		for user, ctl := range map[string]*control.Client{zoe: e.away.ctl, ann: e.ctl} {
			_, err := ctl.Post(e.ctx(), control.PostRequest{User: user, Channel: partners, Files: []control.FileContent{{Name: "plan.txt", Content: []byte("the plan")}}})
			require.NoError(t, err)
			file := objects(w.wait("message", "file_share").Payload.Event["files"])[0]
			id := file["id"].(string)
			require.Equal(t, map[string]any{
				"id": id, "mode": "file_access", "file_access": "check_file_info", "created": 0.0, "timestamp": 0.0, "user": "",
			}, file)
			require.Equal(t, "plan.txt", objects(e.history(partners)[0]["files"])[0]["name"])
			info := e.must("files.info", "file", id)
			require.Equal(t, user, info.at("file", "user"))
			require.Equal(t, "the plan", e.get(info.at("file", "url_private").(string), e.bot).raw)
		}
	})
	t.Run("a file of a channel that is not shared is whole", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		_, err := e.ctl.Post(e.ctx(), control.PostRequest{User: ann, Channel: inside, Files: []control.FileContent{{Name: "plan.txt", Content: []byte("x")}}})
		require.NoError(t, err)
		require.Equal(t, "visible", objects(w.wait("message", "file_share").Payload.Event["files"])[0]["file_access"])
	})
	t.Run("slash commands are the workspace's own", func(t *testing.T) {
		e := connected(t)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{App: app, AddScopes: []string{"commands"}, AddCommands: []string{"/poll"}})
		require.NoError(t, err)
		err = e.away.ctl.UseCommand(e.ctx(), control.CommandRequest{User: zoe, Channel: partners, Command: "/poll"})
		require.ErrorContains(t, err, "unknown_command")
	})
}

// TestSharing is how a channel becomes shared, and how that ends. The statements are those of
// docs.slack.dev/apis/slack-connect unless another source is named.
func TestSharing(t *testing.T) {
	t.Run("channel_shared names the workspace that came (docs.slack.dev/reference/events/channel_shared)", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		_, err := e.ctl.ShareChannel(e.ctx(), control.ShareRequest{User: ann, Channel: inside, Team: away, Users: []string{"yan"}})
		require.NoError(t, err)
		shared := w.take()
		require.Equal(t, []string{"channel_shared", away, inside}, []string{shared.event("type"), shared.event("connected_team_id"), shared.event("channel")})
		require.Equal(t, yan, w.wait("member_joined_channel", "").event("user"))
		require.Equal(t, "inside", e.away.must("conversations.info", "channel", inside).at("channel", "name"))
	})
	t.Run("channel_unshared says whether others share it still (docs.slack.dev/reference/events/channel_unshared)", func(t *testing.T) {
		e := connected(t)
		w := e.connect()
		require.NoError(t, e.ctl.UnshareChannel(e.ctx(), ann, partners, away))
		ended := w.take()
		require.Equal(t, []any{"channel_unshared", away, partners, false}, []any{
			ended.event("type"), ended.event("previously_connected_team_id"), ended.event("channel"), ended.Payload.Event["is_ext_shared"],
		})
		require.Equal(t, false, e.must("conversations.info", "channel", partners).at("channel", "is_ext_shared"))
	})
	t.Run("the host keeps the id, the other workspace has the history under a new one", func(t *testing.T) {
		e := connected(t)
		_, err := e.away.ctl.Say(e.ctx(), zoe, partners, "before")
		require.NoError(t, err)
		require.NoError(t, e.ctl.UnshareChannel(e.ctx(), ann, partners, away))
		require.Equal(t, "before", e.history(partners)[0]["text"])
		require.Equal(t, "channel_not_found", e.away.form("conversations.info", "channel", partners).code())
		kept, err := e.away.ctl.Channel(e.ctx(), "with-home")
		require.NoError(t, err)
		require.NotEqual(t, partners, kept.ID)
		require.Equal(t, "before", e.away.history(kept.ID)[0]["text"])
		_, err = e.ctl.Say(e.ctx(), ann, partners, "after")
		require.NoError(t, err)
		require.Equal(t, "before", e.away.history(kept.ID)[0]["text"])
	})
	t.Run("channel_id_changed is not told of it (docs.slack.dev/reference/events/channel_id_changed)", func(t *testing.T) {
		e := connected(t)
		w := e.away.another()
		require.NoError(t, e.ctl.UnshareChannel(e.ctx(), ann, partners, away))
		require.Equal(t, "channel_unshared", w.take().event("type"))
		_, err := e.away.ctl.Say(e.ctx(), zoe, "with-home", "still here")
		require.NoError(t, err)
		require.Equal(t, "still here", w.take().event("text"))
	})
	t.Run("the people of each side stay on theirs, and are strangers then", func(t *testing.T) {
		e := connected(t)
		require.NoError(t, e.ctl.UnshareChannel(e.ctx(), ann, partners, away))
		require.ElementsMatch(t, []string{ann, botUser}, in(e.must("conversations.members", "channel", partners).at("members")))
		kept, err := e.away.ctl.Channel(e.ctx(), "with-home")
		require.NoError(t, err)
		require.ElementsMatch(t, []string{zoe, awayBot}, kept.Members)
		require.Equal(t, true, e.must("users.info", "user", zoe).at("user", "is_stranger"))
	})
	t.Run("a seed says which channel is shared, and with whom", func(t *testing.T) {
		for name, text := range map[string]string{
			"no further workspace": "channels: [{name: a, shared_with: [{team: T0NOWHERE1}]}]",
			"needs an id":          "workspaces: [{team: {name: Nameless}}]",
		} {
			f, err := seed.Parse([]byte(text), t.TempDir())
			if err == nil {
				_, err = f.Build(start(t).Clock)
			}
			require.ErrorContains(t, err, name)
		}
	})
	t.Run("what is not known of shared channels is refused", func(t *testing.T) {
		e := connected(t)
		require.ErrorContains(t, e.ctl.Archive(e.ctx(), ann, partners), "restricted_action")
		require.ErrorContains(t, e.ctl.DeleteChannel(e.ctx(), ann, partners), "restricted_action")
	})
	t.Run("tokens are told apart at one address", func(t *testing.T) {
		e := connected(t)
		require.Equal(t, home, e.must("auth.test").at("team_id"))
		require.Equal(t, away, e.away.must("auth.test").at("team_id"))
		require.Equal(t, away, e.do(http.MethodPost, "auth.test", "", formType, "token="+e.away.bot).at("team_id"), "in the body too")
	})
}
