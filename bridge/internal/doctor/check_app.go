package doctor

import (
	"context"
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/appsetup"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
)

// maxConsequences bounds what one line says of many events.
const maxConsequences = 5

// checkApp compares the events to which each login's app subscribes with those that the
// bridge uses. What scopes were granted and whether Socket Mode is on, other checks ask.
func (e *examination) checkApp(ctx context.Context) (string, []Finding) {
	var found []Finding
	setup := appsetup.Setup{APIURL: e.config.Network.SlackAPIURL, Tokens: appsetup.TokenFile{Path: e.Tokens}}
	for _, l := range e.logins {
		app, ok := slackapi.AppIDOf(l.tokens.App)
		if !ok {
			found = append(found, slackAppUnknown.found("which app "+l.owner.String()+"'s login is of is not known", "its app-level token does not say", "take a new one from the app's page"))
			continue
		}
		report, err := setup.Look(ctx, app)
		if err != nil {
			found = append(found, slackAppUnknown.found("the manifest of the Slack app "+app+" cannot be read", plainHTTP(err),
				"run `slack-bridge slack-app check`, which renews the tokens"))
			continue
		}
		found = append(found, missingEvents(app, report.Findings)...)
	}
	return "the app subscribes to every event that the bridge uses", found
}

// missingEvents makes a finding of the events that an app lacks.
func missingEvents(app string, all []slackapp.Finding) []Finding {
	kind, names, lost := slackEventsFewer, []string{}, []string{}
	for _, f := range all {
		if f.Kind != "event" || f.Verdict != slackapp.Lacks {
			continue
		}
		if f.Blocks() {
			kind = slackEventsMissing
		}
		names = append(names, f.Name)
		if len(lost) < maxConsequences {
			lost = append(lost, "without "+f.Name+": "+f.Without)
		}
	}
	title, detail := "the Slack app "+app+" does not subscribe to "+strings.Join(names, ", "), strings.Join(lost, "; ")
	switch more := len(names) - len(lost); {
	case len(names) == 0:
		return nil
	case len(names) == len(slackapp.Events()):
		title, detail = "the Slack app "+app+" has no event subscriptions", "Slack tells the bridge nothing"
	case more > 0:
		detail += fmt.Sprintf("; and %d more", more)
	}
	return []Finding{kind.found(title, detail,
		"`slack-bridge slack-app apply` adds them, or add them under Event Subscriptions on the app's page; then reinstall the app")}
}
