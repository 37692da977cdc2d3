package settings

import (
	"strings"
	"text/template"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// sample is a thing that a template is tried on.
type sample struct {
	name string
	data any
}

// sampleUsers are the people whose names network.displayname_template makes in practice.
func sampleUsers() []sample {
	profile := Profile{DisplayName: "ada", RealName: "Ada Lovelace", FirstName: "Ada", LastName: "Lovelace", Title: "Countess"}
	return []sample{
		{"a person", User{ID: "U012AB3CD", TeamID: "T012AB3CD", Name: "ada", RealName: "Ada Lovelace", Profile: profile}},
		{"a person without a display name", User{ID: "U012AB3CD", TeamID: "T012AB3CD", Name: "ada", RealName: "Ada Lovelace", Profile: Profile{RealName: "Ada Lovelace"}}},
		{"a person with a user name alone", User{ID: "U012AB3CD", TeamID: "T012AB3CD", Name: "ada"}},
		{"a bot", User{ID: "B012AB3CD", TeamID: "T012AB3CD", Name: "poet", RealName: "Poet", IsBot: true}},
	}
}

// sampleChannels are those of network.channel_name_template.
func sampleChannels() []sample {
	return []sample{
		{"a public channel", Channel{ID: "C012AB3CD", Name: "general", TeamName: "Analytical Engines", TeamDomain: "engines", IsChannel: true, IsGeneral: true}},
		{"a private channel", Channel{ID: "C012AB3CE", Name: "secret", TeamName: "Analytical Engines", TeamDomain: "engines", IsChannel: true, IsPrivate: true}},
	}
}

// sampleTeam is that of network.team_name_template.
func sampleTeam() sample {
	return sample{"a workspace", Team{ID: "T012AB3CD", Name: "Analytical Engines", Domain: "engines"}}
}

// rendersFor tries a template on samples.
func rendersFor(samples ...sample) func(string) fault {
	return func(source string) fault {
		parsed, err := ParseTemplate(source)
		if err != nil {
			return fault{err.Error(), "see the fields it may use in `slack-bridge config example`"}
		}
		for _, each := range samples {
			if _, err := parsed.Execute(each.data); err != nil {
				return fault{err.Error() + ", for " + each.name, "see the fields it may use in `slack-bridge config example`"}
			}
		}
		return fault{}
	}
}

// isRelayName tries the name of a relayed person as the framework makes it,
// which drops every error.
func isRelayName(source string) fault {
	const mxid = id.UserID("@ada:engines.test")
	parsed, err := ParseTemplate(source)
	if err == nil {
		_, err = parsed.Execute(&bridgev2.OrigSender{
			UserID: mxid, DisambiguatedName: "Ada",
			MemberEventContent: event.MemberEventContent{Displayname: "Ada"},
		})
	}
	if err != nil {
		return fault{err.Error(), "write {{.DisambiguatedName}}, {{.Displayname}} or {{.UserID}} in it"}
	}
	return fault{}
}

// isUsernameTemplate judges the template of ghosts' localparts. A bad one makes the
// framework panic.
func isUsernameTemplate(source string) fault {
	const cure = "write {{.}} once, with lower-case letters, digits, and ._=/+- around it"
	parsed, err := template.New("").Parse(source)
	if err != nil {
		return fault{"is no valid template: " + templateError(err), cure}
	}
	const sampleID = "t012ab3cd-u012ab3cd"
	var out boundedBuilder
	if err := parsed.Execute(&out, sampleID); err != nil {
		return fault{"does not render: " + templateError(err), cure}
	}
	switch {
	case strings.Count(out.String(), sampleID) != 1:
		return fault{"does not hold the id of the person once", cure}
	case out.String() == sampleID:
		return fault{"has nothing around the id, so that every user of the server would be a ghost", cure}
	case id.ValidateUserLocalpart(out.String()) != nil:
		return fault{"makes no localpart of a Matrix id", cure}
	}
	return fault{}
}
