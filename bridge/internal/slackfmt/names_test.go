package slackfmt_test

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

// people resolves the few names that the tests use, in both directions.
type people struct{}

func (people) User(slackID string) (string, id.UserID) {
	switch slackID {
	case "U1":
		return "Ann", "@slack_t1-u1:example.org"
	case "U2":
		return "Bob <script>", "@slack_t1-u2:example.org"
	case "U3":
		return "Unknown", ""
	}
	return "", ""
}

func (people) Channel(slackID string) (string, string) {
	switch slackID {
	case "C1":
		return "general", "https://matrix.to/#/%23slack_general:example.org"
	case "C2":
		return "secret", ""
	}
	return "", ""
}

func (people) UserGroup(slackID string) (string, []id.UserID) {
	switch slackID {
	case "S1":
		return "admins", nil
	case "S2":
		return "on-call", []id.UserID{"@slack_t1-u1:example.org", "@slack_t1-u2:example.org"}
	}
	return "", nil
}

// The message and the channel that are in Matrix.
const (
	permalink   = "https://example.slack.com/archives/C1/p1600000000000100"
	channelLink = "https://example.slack.com/archives/C1"
	eventLink   = "https://matrix.to/#/!general:example.org/$event?via=example.org"
	roomLink    = "https://matrix.to/#/!general:example.org?via=example.org"
)

func (people) InMatrix(address string) string {
	return map[string]string{permalink: eventLink, channelLink: roomLink}[address]
}

func (people) Members() []slackfmt.Member {
	return []slackfmt.Member{
		{User: "@carol:example.org", Name: "Carol"},
		{User: "@ck:example.org", Name: "Carol King"},
		{User: "@sam1:example.org", Name: "Sam"},
		{User: "@sam2:example.org", Name: "Sam"},
		{User: "@dan:example.org"},
		{User: "@rose:example.org", Name: "dan"},
		{User: "@slack_t1-u1:example.org", Name: "Ann", InSlack: true},
	}
}

func (people) Emoji(name string) (string, string) {
	switch name {
	case "party_parrot", "party_parrot::skin-tone-3":
		return "", "mxc://example.org/party"
	case "agreed":
		return "👍", ""
	case "agreed::skin-tone-3":
		return "👍🏼", ""
	}
	return "", ""
}

// rooms is people for the other direction.
type rooms struct{}

func (rooms) User(mxid id.UserID) (string, string) {
	if ghost, ok := strings.CutPrefix(string(mxid), "@slack_t1-u"); ok {
		number := strings.TrimSuffix(ghost, ":example.org")
		return "U" + number, map[string]string{"1": "Ann", "2": "Bob Baker", "4": "Ann Baker"}[number]
	}
	if mxid == "@carol:example.org" {
		return "", "Carol"
	}
	return "", ""
}

func (rooms) Emoji(picture, shortcode string) string {
	if picture == "mxc://example.org/party" || shortcode == "shipit" {
		return map[bool]string{true: "party_parrot", false: "shipit"}[picture == "mxc://example.org/party"]
	}
	return ""
}

func (rooms) Channel(room string) string {
	switch room {
	case "!general:example.org", "#slack_general:example.org":
		return "C1"
	}
	return ""
}

func (rooms) UserGroup(handle string) string {
	return map[string]string{"admins": "S1", "on-call": "S2"}[handle]
}

func (rooms) InSlack(room, event string) string {
	if room == "!general:example.org" && event == "$event" {
		return permalink
	}
	return ""
}

func (rooms) MayNotifyAll() bool { return false }

// notifier is a sender who may notify all.
type notifier struct{ rooms }

func (notifier) MayNotifyAll() bool { return true }
