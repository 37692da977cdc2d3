package e2e_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/testbed"
)

// TestInbox keeps a message from Slack out of its room by a ban, then looks at the parked
// row and changes it: with commands on the server while the bridge runs and while it does
// not, and with commands to the bot.
func TestInbox(t *testing.T) {
	t.Run("43 parked, shown, tried again and dropped", func(t *testing.T) {
		onEach(t, func(t *testing.T, options testbed.Options) {
			bed, general := inGeneral(t, options)
			chat := bed.Owner.AwaitChat()
			alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
			alice.MustPost("general", "before")
			bob.MustPost("general", "before, too")
			bed.Owner.AwaitText(general, "before, too")

			const refused = "Alice was not removed from the channel in Slack: slack conversations.kick: cant_kick_from_general: everyone stays in the workspace's general channel."
			bed.Owner.MustBan(general, alice.GhostID())
			bed.Owner.AwaitText(general, refused)
			kept := alice.MustPost("general", "kept back")
			row := awaitParked(t, bed, chat)
			bob.MustThread("general", kept, "about it")
			// Slack sends two events for an answer: the message, and a change of its parent.
			bed.Await("the answer to be parked as well", func() bool { return len(parkedRow(t, bed, row).Holds) == 2 })
			require.Len(t, bed.Bridge.Said("A row is parked"), 1, "the log says it once, also if others wait with it")
			seeParked(t, bed, row)
			seeParkedInChat(t, bed, chat, row)

			bed.Bridge.MustStop()
			seeParked(t, bed, row)
			bed.Bridge.MustStart()
			bed.Slack.AwaitSocket()
			seeParked(t, bed, row)
			require.Len(t, toldOf(bed, chat), 1, "its owner is told once")

			bed.Owner.MustUnban(general, alice.GhostID())
			out, code := bed.Bridge.Ask("inbox", "retry", strconv.FormatInt(row, 10))
			require.Zero(t, code, out)
			require.Regexp(t, `^row \d+ is tried again now, with 2 more that waited with it\n$`, out)
			bed.Owner.AwaitText(general, "kept back")
			bed.Owner.AwaitText(general, "about it")
			bed.Await("the inbox to be empty", func() bool { return len(listed(t, bed)) == 0 })
			require.Equal(t, []string{"before", "before, too", refused, "kept back", "about it"}, fromSlack(bed, general))

			bed.Owner.MustBan(general, bob.GhostID())
			bob.MustPost("general", "given up")
			second := awaitParked(t, bed, chat, row)
			asked := bed.Owner.MustSend(chat, "inbox drop "+strconv.FormatInt(second, 10))
			bed.Owner.AwaitAnswer(chat, asked, "the answer that it is dropped", says("Dropped for good: "+strconv.FormatInt(second, 10)))
			require.Empty(t, listed(t, bed))
			out, code = bed.Bridge.Ask("inbox", "retry", strconv.FormatInt(second, 10))
			require.Equal(t, 64, code, out)
			bed.Owner.MustUnban(general, bob.GhostID())
			bob.MustPost("general", "after")
			bed.Owner.AwaitText(general, "after")
			require.NotContains(t, fromSlack(bed, general), "given up")
		})
	})
}

// seeParked looks at a parked row with the commands on the server.
func seeParked(t *testing.T, bed *testbed.Bed, row int64) {
	t.Helper()
	number := strconv.FormatInt(row, 10)
	out, code := bed.Bridge.Ask("inbox", "list")
	require.Zero(t, code, out)
	require.Regexp(t, `(?m)^`+number+` +slack:\S+ +#general +event +\w+ +\w+ +2 +.*banned`, out)
	require.NotContains(t, out, "kept back")
	out, code = bed.Bridge.Ask("inbox", "show", number)
	require.Zero(t, code, out)
	require.NotContains(t, out, "kept back")
	out, code = bed.Bridge.Ask("inbox", "show", number, "--content")
	require.Zero(t, code, out)
	require.Contains(t, out, `"text": "kept back"`)
}

// seeParkedInChat looks at a parked row with commands to the bot: its owner sees it, and a
// person without a login does not.
func seeParkedInChat(t *testing.T, bed *testbed.Bed, chat id.RoomID, row int64) {
	t.Helper()
	number := strconv.FormatInt(row, 10)
	asked := bed.Owner.MustSend(chat, "inbox list")
	answer := bed.Owner.AwaitAnswer(chat, asked, "the list", says("3 parked, 0 waiting", number, "#general", "banned"))
	require.NotContains(t, answer.Body, "kept back")
	asked = bed.Owner.MustSend(chat, "inbox show "+number)
	answer = bed.Owner.AwaitAnswer(chat, asked, "the row", says(number, "#general", "waiting for it"))
	require.NotContains(t, answer.Body, "kept back")

	ann := bed.MustRegister("ann")
	own := ann.MustOpenChat()
	asked = ann.MustSend(own, "inbox list")
	ann.AwaitAnswer(own, asked, "the answer that nothing of hers waits", says("Nothing waits and nothing is parked."))
	for _, verb := range []string{"show", "retry", "drop"} {
		asked = ann.MustSend(own, "inbox "+verb+" "+number)
		ann.AwaitAnswer(own, asked, "the answer that there is no such row", says("There is no row "+number))
	}
}

var rowNumber = regexp.MustCompile(`It is kept as row (\d+)\.`)

// toldOf returns the rows that the owner was told are parked.
func toldOf(bed *testbed.Bed, chat id.RoomID) (rows []int64) {
	for _, message := range bed.Owner.Messages(chat) {
		if found := rowNumber.FindStringSubmatch(message.Body); found != nil {
			row, err := strconv.ParseInt(found[1], 10, 64)
			if err == nil {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// awaitParked waits until the owner is told of another parked row of #general, besides
// those in before, and returns it.
func awaitParked(t *testing.T, bed *testbed.Bed, chat id.RoomID, before ...int64) int64 {
	t.Helper()
	bed.Await("the notice about the parked row", func() bool { return len(toldOf(bed, chat)) > len(before) })
	told := toldOf(bed, chat)
	require.Len(t, told, len(before)+1)
	require.Subset(t, told, before)
	return told[len(before)]
}

// listed returns the inbox as `inbox list --json` prints it.
func listed(t *testing.T, bed *testbed.Bed) []operator.Row {
	t.Helper()
	out, code := bed.Bridge.Ask("inbox", "list", "--json")
	require.Zero(t, code, out)
	var list struct {
		Rows []operator.Row `json:"rows"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	return list.Rows
}

func parkedRow(t *testing.T, bed *testbed.Bed, id int64) operator.Row {
	t.Helper()
	for _, row := range listed(t, bed) {
		if row.ID == id && row.Parked != nil {
			return row
		}
	}
	t.Fatalf("row %d is not parked", id)
	return operator.Row{}
}
