package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// crowded returns the seed of a workspace in which each channel has some of the people
// and the bridge's bot.
func crowded(people, channels, members int) string {
	var seed strings.Builder
	seed.WriteString("team: {id: T0BED00001, name: Acme, domain: acme}\nusers:\n")
	for n := range people {
		fmt.Fprintf(&seed, "  - {id: U%09d, name: person%d, real_name: Person %d}\n", n, n, n)
	}
	seed.WriteString("apps:\n  - {id: A0BRIDGE01, bot_user_id: U0BRIDGE01, bot_id: B0BRIDGE01}\nchannels:\n")
	for n := range channels {
		names := []string{"U0BRIDGE01"}
		for m := range members {
			names = append(names, fmt.Sprintf("person%d", (n*members/2+m)%people))
		}
		fmt.Fprintf(&seed, "  - {id: C%09d, name: team-%d, creator: %s, members: [%s]}\n", n, n, names[1], strings.Join(names, ", "))
	}
	return seed.String()
}

// TestStartCost starts a bridge with 20 channels of 33 people for the first time and once
// more: all rooms exist before all people have joined, and the second start asks Slack for
// nothing that the bridge already knows.
func TestStartCost(t *testing.T) {
	const people, channels, members = 200, 20, 33
	bed := testbed.Start(t, testbed.Options{Stopped: true, Seed: crowded(people, channels, members)})
	begun := time.Now()
	bed.Bridge.MustStart()
	bed.Bridge.AwaitLog("Rooms are in sync with Slack")
	bed.Slack.AwaitCall("emoji.list", "")
	calls := bed.Slack.Calls()
	t.Logf("first login: rooms there after %.1f s, %s", time.Since(begun).Seconds(), tally(calls))
	require.NotContains(t, tally(calls), "users.list")

	// A person who speaks joins at once, the others over time.
	room := bed.Owner.AwaitRoom("#team-3")
	last := bed.Slack.Person(fmt.Sprintf("person%d", (3*members/2+members-1)%people))
	last.MustPost("team-3", "am I late?")
	bed.Owner.AwaitText(room, "am I late?")
	require.Equal(t, last.DisplayName(), bed.Owner.AwaitMember(room, last.GhostID()).Displayname)
	for m := range members {
		bed.Owner.AwaitMember(room, bed.Slack.Person(fmt.Sprintf("person%d", (3*members/2+m)%people)).GhostID())
	}
	t.Logf("everyone in #team-3 after %.1f s", time.Since(begun).Seconds())

	// Stopped before everyone has joined: the others join after the second start.
	bed.Bridge.MustStop()
	before := len(bed.Slack.Calls())
	bed.Bridge.MustStart()
	bed.Bridge.AwaitLog("Rooms are in sync with Slack")
	bed.Slack.AwaitSocket()
	last.MustPost("team-3", "again")
	bed.Owner.AwaitText(room, "again")
	calls = bed.Slack.Calls()[before:]
	t.Logf("second start: %s", tally(calls))
	require.NotContains(t, methods(calls), "emoji.list", "the emoji were listed a moment ago")
	asked := map[string]int{}
	for _, call := range calls {
		if !isCatchUp(call) && !isIntroduction(call) || call.Method == "users.conversations" {
			asked[fmt.Sprint(call.Method, call.Args)]++
		}
	}
	require.LessOrEqual(t, len(asked), 4, tally(calls))
	require.Equal(t, 1, strings.Count(fmt.Sprint(methods(calls)), "users.conversations"), tally(calls))
	for call, times := range asked {
		require.Equal(t, 1, times, call)
	}

	other := bed.Owner.AwaitRoom("#team-19")
	for m := range members {
		bed.Owner.AwaitMember(other, bed.Slack.Person(fmt.Sprintf("person%d", (19*members/2+m)%people)).GhostID())
	}
	t.Logf("everyone in the last room after %.1f s", time.Since(begun).Seconds())
	seen := map[string]int{}
	for _, call := range bed.Slack.Calls() {
		if call.Method == "users.info" {
			seen[call.Args["user"]]++
		}
	}
	for user, times := range seen {
		require.Equal(t, 1, times, "how often users.info asked for %s", user)
	}
}

// isCatchUp says whether a call belongs to catch-up, which reads each conversation's history
// and members. The conversations are listed once for that and for the rooms.
func isCatchUp(call testbed.Call) bool {
	return slices.Contains([]string{"users.conversations", "conversations.history", "conversations.replies", "conversations.members"}, call.Method)
}

// isIntroduction says whether a call asks for a person whose ghost has yet to join, or for the
// bookmarks of a channel: that goes on in the background, once the rooms are there.
func isIntroduction(call testbed.Call) bool {
	return call.Method == "users.info" || call.Method == "bookmarks.list"
}

// methods returns the methods of calls.
func methods(calls []testbed.Call) (all []string) {
	for _, call := range calls {
		all = append(all, call.Method)
	}
	return all
}

// tally returns how often each method was called, as text.
func tally(calls []testbed.Call) string {
	counts := map[string]int{}
	for _, call := range calls {
		counts[call.Method]++
	}
	return fmt.Sprintf("%d calls %v", len(calls), counts)
}
