package e2e_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed"
)

// TestSocketFaults disturbs the connection in every way that ends by itself.
// Messages written on either side meanwhile arrive once.
func TestSocketFaults(t *testing.T) {
	t.Run("46 what passes by itself", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{TimeScale: 0.01})
		bed.Slack.AwaitSocket()
		said := newTalk(bed, general, 0)
		for _, tc := range []struct {
			name string
			do   func()
		}{
			{"Slack refreshes", func() { bed.Slack.MustDisconnect("refresh_requested") }},
			{"Slack warns", func() { bed.Slack.MustDisconnect("warning") }},
			{"Slack gives an unknown reason", func() { bed.Slack.MustDisconnect("moonrise") }},
			{"too many sockets", func() { bed.Slack.MustDisconnect("too_many_websockets") }},
			{"the connection is cut", bed.Slack.MustCut},
			{"Slack closes", func() { bed.Slack.MustClose(1000) }},
			{"Slack closes with an error", func() { bed.Slack.MustClose(1011) }},
			{"Slack falls silent", func() {
				bed.Slack.MustSilence() // Until the bridge notices, everything that Slack sends is lost.
				bed.Bridge.AwaitLog("Slack's end of the socket no longer answers")
			}},
			{"a frame that is not JSON", func() { bed.Slack.MustBreakFrame("json") }},
			{"a frame that is not text", func() { bed.Slack.MustBreakFrame("binary") }},
			{"bytes that are not a frame", func() { bed.Slack.MustBreakFrame("frame") }},
			{"refused with an error", func() { bed.Slack.MustRefuse(1, "503"); bed.Slack.MustCut() }},
			{"refused by a cut", func() { bed.Slack.MustRefuse(1, "cut"); bed.Slack.MustCut() }},
			{"refused by a close", func() { bed.Slack.MustRefuse(1, "close"); bed.Slack.MustCut() }},
			{"a false refusal of the app token", func() {
				bed.Slack.MustFailCalls(web.Fault{Method: "apps.connections.open", Error: "invalid_auth"})
				bed.Slack.MustCut()
			}},
			{"a false refusal of the bot token", func() {
				bed.Slack.MustFailCalls(web.Fault{Method: "chat.postMessage", Error: "invalid_auth"})
				bed.Slack.MustFailCalls(web.Fault{Method: "auth.test", Error: "invalid_auth"})
			}},
			{"refused with a reason", func() { bed.Slack.MustRefuse(1, "too_many_websockets"); bed.Slack.MustCut() }},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.do()
				bed.Slack.Person("alice").MustPost("general", tc.name)
				bed.Owner.MustSend(general, tc.name+"?")
				bed.Owner.AwaitText(general, tc.name)
				bed.Slack.AwaitPost("general", tc.name+"?")
				bed.Slack.AwaitSocket()
			})
			said.slack, said.matrix = append(said.slack, tc.name), append(said.matrix, tc.name+"?")
		}
		said.check(t)
		require.Empty(t, bed.Bridge.Said("looking again in"), "the operator is not asked to fix what passes by itself")
		require.Empty(t, bed.Bridge.Said("Not connected to Slack"))
	})
}

// TestSocketStopped takes away what only a person can restore: the log and the
// management room say once what happened and what to do, the room also over a restart. When that
// is done messages cross again, without a restart, and the room says that it is over.
func TestSocketStopped(t *testing.T) {
	t.Run("46 what needs a person is said once, with the cure", func(t *testing.T) {
		for _, tc := range []struct {
			name      string
			stop      func(*testbed.Bed)
			cure      func(*testbed.Bed)
			what, how string
			// again is what the log of the next process says, if not how.
			again string
		}{
			{
				name: "Socket Mode is switched off",
				stop: func(bed *testbed.Bed) { bed.Slack.MustDisconnect("link_disabled") },
				cure: func(bed *testbed.Bed) { bed.Slack.MustEnableSocketMode() },
				what: "Socket Mode is switched off for this app", how: "switch it on under Socket Mode", again: "turn on Socket Mode",
			},
			{
				name: "the app-level token is revoked",
				stop: func(bed *testbed.Bed) { bed.Slack.MustRevoke(workspace.AppToken) },
				cure: func(bed *testbed.Bed) {
					bed.MustWriteToken("app", bed.Slack.MustReplace(workspace.AppToken))
				},
				what: "token_revoked", how: "network.logins[].app_token_file",
			},
			{
				name: "the bot token is revoked",
				stop: func(bed *testbed.Bed) { bed.Slack.MustRevoke(workspace.BotToken) },
				cure: func(bed *testbed.Bed) {
					bed.MustWriteToken("bot", bed.Slack.MustReplace(workspace.BotToken))
				},
				what: "token_revoked", how: "network.logins[].bot_token_file",
			},
			{
				name: "the app is uninstalled",
				stop: func(bed *testbed.Bed) { bed.Slack.MustUninstall() },
				cure: func(bed *testbed.Bed) {
					bed.MustWriteToken("bot", bed.Slack.MustReinstall())
					bed.Slack.Person("alice").MustInvite("general", testbed.Bot)
				},
				what: "The app was uninstalled from the workspace", how: "install it again under Install App", again: "install the app again",
			},
		} {
			t.Run(tc.name, func(t *testing.T) {
				bed, general := inGeneral(t, testbed.Options{TimeScale: 0.01})
				bed.Slack.AwaitSocket()
				chat := bed.Owner.AwaitChat()
				tc.stop(bed)
				require.Contains(t, bed.Bridge.AwaitLog(tc.how), tc.what)
				bed.Owner.AwaitMessage(chat, "the notice of what happened, with the cure", says(tc.what, tc.how))
				require.Len(t, bed.Bridge.Said(tc.how), 1, "it is said once")
				bed.Bridge.MustRestart()
				bed.Bridge.AwaitLog(cmp.Or(tc.again, tc.how))

				tc.cure(bed)
				bed.Slack.AwaitSocket()
				bed.Owner.AwaitMessage(chat, "the notice that it is over", says("It is over", "Nothing crosses"))
				require.Len(t, noticesOf(bed, chat, "Nothing crosses"), 2, "what is and that it is over, each once")
				require.LessOrEqual(t, len(bed.Bridge.Said(cmp.Or(tc.again, tc.how))), 1, "each process says it once")
				bed.Slack.Person("alice").MustPost("general", "again")
				bed.Owner.AwaitText(general, "again")
				bed.Owner.MustSend(general, "at last")
				bed.Slack.AwaitPost("general", "at last")
			})
		}
	})
}
