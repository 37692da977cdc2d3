package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/testbed"
)

// TestLoginDeclared starts a bridge that logs in by itself: the owner is invited to the
// workspace's space, finds the bot's channels in it, and is told once.
func TestLoginDeclared(t *testing.T) {
	t.Run("52 a declared login", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed := testbed.Start(t, options)
			space := bed.Owner.AwaitInvite(testbed.TeamName)
			bed.Owner.MustJoin(space.String())
			rooms := bed.Owner.AwaitChildren(space, "#general", "#secret")
			require.NotContains(t, rooms, "#elsewhere", "the bot is not in this channel")

			chat := bed.Owner.AwaitChat()
			told := bed.Owner.AwaitMessage(chat, "the list of channels", says("#general", "#secret", "/invite"))
			bed.Bridge.MustRestart()
			general := bed.Owner.AwaitRoom("#general")
			bed.Slack.Person("alice").MustPost("general", "are you back?")
			bed.Owner.AwaitText(general, "are you back?")
			again := 0
			for _, m := range bed.Owner.Messages(chat) {
				if m.Body == told.Body {
					again++
				}
			}
			require.Equal(t, 1, again, "the channels are listed once")
		})
	})
}

// TestLoginByChat enters both tokens in a chat with the bot, which redacts them.
func TestLoginByChat(t *testing.T) {
	t.Run("54 login in a chat with the bot", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{NoLogin: true})
		chat := bed.Owner.MustOpenChat()
		bed.Owner.MustSend(chat, "login app")
		bed.Owner.AwaitMessage(chat, "the question for the bot token", says("Bot token"))
		bot := bed.Owner.MustSend(chat, bed.Slack.BridgeApp().BotToken)
		bed.Owner.AwaitMessage(chat, "the question for the app-level token", says("App-level token"))
		app := bed.Owner.MustSend(chat, bed.Slack.BridgeApp().AppToken)
		bed.Owner.AwaitMessage(chat, "success", says("Logged in to "+testbed.TeamName))
		bed.Owner.AwaitRedacted(chat, bot)
		bed.Owner.AwaitRedacted(chat, app)

		general := bed.Owner.AwaitRoom("#general")
		bed.Slack.Person("alice").MustPost("general", "welcome")
		bed.Owner.AwaitText(general, "welcome")
	})
}

// TestLoginByChatUnredacted enters both tokens on a homeserver that does not let the bot
// redact them: the bot says so, and how to log in without a chat.
func TestLoginByChatUnredacted(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{NoLogin: true, Manners: testbed.Continuwuity})
	chat := bed.Owner.MustOpenChat()
	bed.Owner.MustSend(chat, "login app")
	bed.Owner.AwaitMessage(chat, "the question for the bot token", says("Bot token"))
	bot := bed.Owner.MustSend(chat, bed.Slack.BridgeApp().BotToken)
	bed.Owner.AwaitAnswer(chat, bot, "what to do about the token", says("delete", "network.logins"))
	bed.Owner.AwaitMessage(chat, "the question for the app-level token", says("App-level token"))
	bed.Owner.MustSend(chat, bed.Slack.BridgeApp().AppToken)
	bed.Owner.AwaitMessage(chat, "success", says("Logged in to "+testbed.TeamName))
}

// TestLoginWrongTokens enters tokens that cannot work: each answer says why, and the
// right tokens work afterwards.
func TestLoginWrongTokens(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{NoLogin: true})
	bot, app := bed.Slack.BridgeApp().BotToken, bed.Slack.BridgeApp().AppToken
	chat := bed.Owner.MustOpenChat()
	unknown := "xoxb-" + "1-2-" + "unknownunknown"
	for _, tc := range []struct{ name, bot, app, answer string }{
		{name: "tokens swapped", bot: app, answer: "that is no bot token"},
		{name: "a bot token twice", bot: bot, app: bot, answer: "that is no app-level token"},
		{name: "a bot token that Slack does not know", bot: unknown, app: app, answer: "invalid_auth"},
		{name: "an app-level token of another app", bot: bot, app: bed.Slack.OtherApp().AppToken, answer: "same app"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked := bed.Owner.MustSend(chat, "login app")
			bed.Owner.AwaitAnswer(chat, asked, "the question for the bot token", says("Bot token"))
			entered := bed.Owner.MustSend(chat, tc.bot)
			if tc.app != "" {
				bed.Owner.AwaitAnswer(chat, entered, "the question for the app-level token", says("App-level token"))
				entered = bed.Owner.MustSend(chat, tc.app)
			}
			refusal := bed.Owner.AwaitAnswer(chat, entered, "the refusal", says(tc.answer))
			secrettest.Check(t, "the refusal", refusal.Body, bot, app)
			bed.Owner.AwaitRedacted(chat, entered)
			// After a refusal of one token the bridge waits for another try.
			cancelled := bed.Owner.MustSend(chat, "cancel")
			bed.Owner.AwaitAnswer(chat, cancelled, "the end of the login", func(m testbed.Message) bool {
				return says("cancelled")(m) || says("No ongoing command")(m)
			})
		})
	}
	asked := bed.Owner.MustSend(chat, "login app")
	bed.Owner.AwaitAnswer(chat, asked, "the question for the bot token", says("Bot token"))
	entered := bed.Owner.MustSend(chat, bot)
	bed.Owner.AwaitAnswer(chat, entered, "the question for the app-level token", says("App-level token"))
	entered = bed.Owner.MustSend(chat, app)
	bed.Owner.AwaitAnswer(chat, entered, "success", says("Logged in to "+testbed.TeamName))
}

// TestLoginDeclaredWrongTokens puts tokens that cannot work into the declared login's
// files: the bridge starts anyway, logs what is wrong and tells the owner once, over all
// restarts. The right tokens work without one where Slack refused the others.
func TestLoginDeclaredWrongTokens(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true})
	right := bed.Slack.BridgeApp()
	unknown := "xoxb-" + "1-2-" + "unknownunknown"
	const line = "The login that network.logins declares with"
	var chat id.RoomID
	for _, tc := range []struct{ name, bot, app, said string }{
		{"no bot token yet", "", right.AppToken, "Slack token is still missing in"},
		{"an app-level token of another app", right.BotToken, bed.Slack.OtherApp().AppToken, "same app"},
		{"a bot token that Slack does not know", unknown, right.AppToken, "invalid_auth: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if chat != "" {
				bed.Bridge.MustStop()
			}
			bed.MustWriteToken("bot", tc.bot)
			bed.MustWriteToken("app", tc.app)
			bed.Bridge.MustStart()
			bed.Bridge.AwaitLog(tc.said)
			if chat == "" {
				chat = bed.Owner.AwaitChat()
				told := bed.Owner.AwaitMessage(chat, "the notice, with the cure", says(line, tc.said, "restart the bridge"))
				secrettest.Check(t, "the notice", told.Body, right.BotToken, right.AppToken)
			}
			require.Len(t, bed.Bridge.Said(tc.said), 1)
		})
	}
	bed.MustWriteToken("bot", right.BotToken)
	bed.MustWriteToken("app", right.AppToken)
	bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", line))
	require.Len(t, noticesOf(bed, chat, line), 2)
	general := bed.Owner.AwaitRoom("#general")
	bed.Slack.Person("alice").MustPost("general", "at last")
	bed.Owner.AwaitText(general, "at last")
	awaitErased(t, bed, line)

	bed.Bridge.MustRestart()
	bed.Slack.AwaitSocket()
	cross(bed, general)
	require.Len(t, noticesOf(bed, chat, line), 2)
}

// TestLoginFiftyChannels is a first login of a busy bot.
func TestLoginFiftyChannels(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true, Settings: map[string]any{"network.conversation_count": -1}})
	want := []string{}
	for i := range 50 {
		name := fmt.Sprintf("project-%02d", i)
		bed.Slack.Person("alice").MustCreateChannel(name, testbed.Bot)
		want = append(want, "#"+name)
	}
	bed.Bridge.MustStart()
	space := bed.Owner.MustJoin(bed.Owner.AwaitInvite(testbed.TeamName).String())
	for i := 10; i <= len(want); i += 10 {
		bed.Owner.AwaitChildren(space, want[:i]...)
	}
}

// TestLoginRemoved takes the declared login out of the configuration: no message
// crosses any more, the rooms stay, and the login gets them back when it returns.
func TestLoginRemoved(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	bed.Slack.Person("alice").MustPost("general", "before")
	bed.Owner.AwaitText(general, "before")

	bed.Bridge.MustStop()
	bed.Bridge.MustSet(map[string]any{"network.logins": []any{}})
	bed.Bridge.MustStart()
	bed.Slack.AwaitNoSocket()
	bed.Owner.MustSend(general, "is anyone there?")

	bed.Bridge.MustStop()
	bed.Bridge.MustSet(map[string]any{"network.logins": bed.DeclaredLogins(testbed.OwnerID)})
	bed.Bridge.MustStart()
	bed.Slack.AwaitSocket()
	bed.Slack.Person("alice").MustPost("general", "after")
	bed.Owner.AwaitText(general, "after")
}

// TestLoginOwnerChanged gives the declared login another owner: the rooms stay, the
// new owner is invited to the closed ones, and all still carry everyone's messages.
func TestLoginOwnerChanged(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice, secret := bed.Slack.Person("alice"), bed.Owner.AwaitRoom("#secret")
	alice.MustPost(testbed.DirectWith("alice"), "psst")
	direct := bed.Owner.AwaitRoom("Alice")
	heir := bed.MustRegister("heir")
	bed.Bridge.MustStop()
	bed.Bridge.MustSet(map[string]any{"network.logins": bed.DeclaredLogins(heir.UserID)})
	bed.Bridge.MustStart()

	require.Equal(t, general, heir.AwaitRoom("#general"), "it is the same room")
	alice.MustPost("general", "hello both")
	heir.AwaitText(general, "hello both")
	bed.Owner.AwaitText(general, "hello both")
	bed.Owner.MustSend(general, "still here")
	bed.Slack.AwaitPost("general", "still here")

	require.Equal(t, secret, heir.AwaitRoom("#secret"))
	require.Equal(t, direct, heir.AwaitRoom("Alice"))
	alice.MustPost(testbed.DirectWith("alice"), "who is there?")
	heir.AwaitText(direct, "who is there?")
	heir.MustSend(direct, "it is me now")
	require.Equal(t, "heir", bed.Slack.AwaitPost(testbed.DirectWith("alice"), "it is me now").Username)
}

// TestLoginOwnerWithoutPermission names an owner whom bridge.permissions do not let log in.
func TestLoginOwnerWithoutPermission(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true})
	err := bed.Bridge.Set(map[string]any{"network.logins": bed.DeclaredLogins("@stranger:elsewhere.test")})
	require.ErrorContains(t, err, "@stranger:elsewhere.test")
	require.ErrorContains(t, err, "permissions")
}
