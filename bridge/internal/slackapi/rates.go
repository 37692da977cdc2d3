package slackapi

import (
	"time"

	"ops-jrz1/bridge/internal/slackapi/limit"
)

// Tiers of calls a minute and workspace (Slack docs: Rate limits). A bucket's
// burst and what flows into it within a minute add up to the tier, so that no
// minute ever holds more; a third of the burst is kept for people.
const (
	tier1 = 1
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// tiers is the tier of each method this package calls (Slack docs: the page of
// each method). Those that Slack calls special without a number are given tier 4.
func tierOf(method string) int {
	switch method {
	case "conversations.create", "conversations.rename", "conversations.setTopic", "conversations.setPurpose", "pins.add", "pins.remove", "pins.list", "conversations.list", "reactions.remove", "usergroups.list", "users.list", "emoji.list":
		return tier2
	case "users.info", "conversations.members", "auth.test", "chat.getPermalink",
		methodUploadURL, methodShare, "files.info", "tooling.tokens.rotate":
		return tier4
	case "apps.connections.open", "team.info", "bots.info", "users.conversations",
		"conversations.info", "conversations.history", "conversations.replies",
		"conversations.open", "conversations.join", "conversations.invite", "conversations.kick", "users.lookupByEmail", "chat.update", "chat.delete", "reactions.add",
		"files.delete", "bookmarks.list", "apps.manifest.export", "apps.manifest.validate":
		return tier3
	default:
		return tier1
	}
}

func tierRate(perMinute int) limit.Rate {
	burst := max(perMinute/4, 1)
	refill := max(perMinute-burst, 1)
	return limit.Rate{Interval: time.Minute / time.Duration(refill), Burst: burst, Reserve: burst / 3}
}

// A message a second in each channel with short bursts, and "several hundred
// messages per minute" in the workspace (Slack docs: Rate limits, "Posting
// messages"). The burst is not published: three has been let through.
var (
	postRate      = limit.Rate{Interval: time.Second, Burst: 3}
	workspaceRate = limit.Rate{Interval: 200 * time.Millisecond, Burst: 20}
)

// gates is the limiter's route.
func gates(method, channel string) []limit.Gate {
	if method == methodPost {
		return []limit.Gate{
			{Name: method + " " + channel, Rate: postRate},
			{Name: method, Rate: workspaceRate},
		}
	}
	return []limit.Gate{{Name: method, Rate: tierRate(tierOf(method))}}
}
