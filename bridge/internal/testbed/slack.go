package testbed

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/slackid"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// Slack is the emulated workspace. A conversation is given by its channel's name
// or by DirectWith. The verbs of people are in slack_say.go, what can be seen in
// slack_see.go, faults in slack_faults.go.
type Slack struct {
	// Control is the emulator's control API, for what the verbs do not cover.
	Control *control.Client

	bed *Bed
	// team is the workspace's id.
	team string
}

func newSlack(bed *Bed) *Slack {
	return &Slack{Control: control.New(bed.stack.Emulator.URL), bed: bed, team: TeamID}
}

// Neighbour is a further workspace of the scenario's seed, seen by the people in it.
func (s *Slack) Neighbour(team string) *Slack {
	return &Slack{Control: control.NewOf(s.bed.stack.Emulator.URL, team), bed: s.bed, team: team}
}

// BridgeApp is the bridge's app with the tokens it had at the start.
func (s *Slack) BridgeApp() stack.App { return s.bed.stack.Emulator.Apps[0] }

// OtherApp is another app of the default seed's workspace.
func (s *Slack) OtherApp() stack.App { return s.bed.stack.Emulator.Apps[1] }

// Webhook is the bot of an incoming webhook, which posts under names of its choosing.
const Webhook = "B0DEPLOY01"

// APIURL is the base of the workspace's Web API.
func (s *Slack) APIURL() string { return s.bed.stack.Emulator.URL + "/api/" }

// directPrefix marks a conversation that is a person's with the bridge's bot.
const directPrefix = "@"

// DirectWith is the direct conversation of a person with the bridge's bot.
func DirectWith(person string) string { return directPrefix + person }

// conversation returns what the control API takes for a conversation.
func (s *Slack) conversation(name string) string {
	s.bed.t.Helper()
	person, direct := strings.CutPrefix(name, directPrefix)
	if !direct {
		return name
	}
	opened, err := s.Control.OpenDM(s.bed.ctx, person, bridgeApp)
	s.bed.must(err)
	return opened.ID
}

// SlackPerson is a person in the workspace.
type SlackPerson struct {
	slack *Slack
	name  string
	id    string
	shown string
}

// Person returns the person of this name in the seed.
func (s *Slack) Person(name string) *SlackPerson {
	s.bed.t.Helper()
	user, err := s.Control.User(s.bed.ctx, name)
	s.bed.must(err)
	shown := user.Profile.DisplayName
	if shown == "" {
		shown = user.RealName
	}
	return &SlackPerson{slack: s, name: name, id: user.ID, shown: shown}
}

// ID is the person's user id.
func (p *SlackPerson) ID() string { return p.id }

// DisplayName is the name that people see.
func (p *SlackPerson) DisplayName() string { return p.shown }

// GhostID is the person's Matrix user.
func (p *SlackPerson) GhostID() id.UserID {
	ghost := slackid.MakeUserID(p.slack.team, p.id)
	return id.NewUserID("slack_"+string(ghost), ServerName)
}
