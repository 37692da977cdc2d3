package slackfmt_test

import (
	"strings"

	"maunium.net/go/mautrix/id"
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

func (people) UserGroup(slackID string) string {
	if slackID == "S1" {
		return "admins"
	}
	return ""
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

func (rooms) Channel(room string) string {
	switch room {
	case "!general:example.org", "#slack_general:example.org":
		return "C1"
	}
	return ""
}
