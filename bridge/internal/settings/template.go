package settings

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"ops-jrz1/bridge/internal/yamltree"
)

// User is what network.displayname_template sees. The names are those of Slack's
// user object (Slack docs: "User object").
type User struct {
	ID        string
	TeamID    string
	Name      string
	RealName  string
	IsBot     bool
	IsAppUser bool
	Deleted   bool
	Profile   Profile
}

// Profile is the profile of a User (Slack docs: "User object", profile).
type Profile struct {
	DisplayName string
	RealName    string
	FirstName   string
	LastName    string
	Title       string
}

// Channel is what network.channel_name_template sees (Slack docs: "Conversation
// object"), with the name and domain of its workspace.
type Channel struct {
	ID          string
	Name        string
	TeamName    string
	TeamDomain  string
	IsChannel   bool
	IsPrivate   bool
	IsGeneral   bool
	IsIM        bool
	IsMpIM      bool
	IsArchived  bool
	IsExtShared bool
}

// Team is what network.team_name_template sees (Slack docs: team.info).
type Team struct {
	ID     string
	Name   string
	Domain string
}

// maxName bounds what a template may write, so that a loop in one ends.
const maxName = 1 << 10

// Template makes the name of a ghost, a room or a space.
type Template struct {
	source string
	parsed *template.Template
}

// ParseTemplate reads a Go text/template.
func ParseTemplate(source string) (Template, error) {
	parsed, err := template.New("").Parse(source)
	if err != nil {
		return Template{}, errors.New("is no valid template: " + templateError(err))
	}
	return Template{source: source, parsed: parsed}, nil
}

// UnmarshalYAML reads a template from a configuration.
func (t *Template) UnmarshalYAML(node *yamltree.Node) error {
	var source string
	if err := node.Decode(&source); err != nil {
		return err
	}
	var err error
	*t, err = ParseTemplate(source)
	return err
}

// String returns the source of the template.
func (t Template) String() string { return t.source }

// Execute returns the name that the template makes of a User, a Channel or a
// Team, without surrounding space. An empty name is an error.
func (t Template) Execute(data any) (string, error) {
	if t.parsed == nil {
		return "", errors.New("no template was set")
	}
	var out boundedBuilder
	if err := t.parsed.Execute(&out, data); err != nil {
		return "", errors.New("does not render: " + templateError(err))
	}
	name := strings.TrimSpace(out.String())
	if name == "" {
		return "", errors.New("renders to nothing")
	}
	return name, nil
}

var templatePosition = regexp.MustCompile(`^template: :\d+(?::\d+)?: (?:executing "" at )?| in type \S+$`)

// templateError is an error of text/template without the position and the Go type.
func templateError(err error) string {
	return templatePosition.ReplaceAllString(err.Error(), "")
}

// boundedBuilder is a strings.Builder that refuses more than maxName bytes.
type boundedBuilder struct{ strings.Builder }

var errNameTooLong = fmt.Errorf("makes a name longer than %d bytes", maxName)

func (b *boundedBuilder) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxName {
		return 0, errNameTooLong
	}
	return b.Builder.Write(p)
}
