package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
)

// login is a declared login with what the checks have learnt about it.
type login struct {
	owner  id.UserID
	tokens settings.Tokens
	api    *slackapi.Client
	// who is written by slack.auth.
	who *slackapi.Identity
}

// checkTokens reads the token files of the declared logins.
func (e *examination) checkTokens(context.Context) (string, []Finding) {
	declared := e.config.Network.Logins
	if len(declared) == 0 {
		return slackNoLogin.one("no login is declared in network.logins", "", "declare one, or log in by chat: `login app`, and ask `list-logins` there how it is")
	}
	var found []Finding
	for _, d := range declared {
		tokens, missing, err := d.ReadTokens()
		switch {
		case err != nil:
			for _, each := range separate(err) {
				// It was changed after the configuration had been read.
				found = append(found, configMistake.found(each.Error(), "", "put the right token there (`sops secrets/secrets.yaml`) and restart the bridge"))
			}
		case len(missing) > 0:
			found = append(found, slackTokenMissing.found("the Slack token is still missing in "+strings.Join(missing, " and "), "", "put it there (`sops secrets/secrets.yaml`) and restart the bridge"))
		default:
			e.logins = append(e.logins, &login{owner: d.Owner, tokens: tokens, api: e.slackClient(tokens)})
		}
	}
	return fmt.Sprintf("%d declared, all tokens there", len(declared)), found
}

// slackClient goes through the proxy of the environment, as the bridge's does.
func (e *examination) slackClient(tokens settings.Tokens) *slackapi.Client {
	return slackapi.New(slackapi.Config{
		APIURL: e.config.Network.SlackAPIURL, BotToken: tokens.Bot, AppToken: tokens.App,
		Scale:      e.config.Network.SlackTimeScale,
		HTTPClient: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}},
	})
}

// separate takes joined errors apart.
func separate(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// checkAuth asks Slack whose bot tokens these are.
func (e *examination) checkAuth(ctx context.Context) (string, []Finding) {
	var good []string
	var found []Finding
	for _, l := range e.logins {
		who, err := l.api.AuthTest(ctx)
		if err != nil {
			found = append(found, fromSlack(slackTokenRefused, l, err))
			continue
		}
		l.who = who
		if app, ok := slackapi.AppIDOf(l.tokens.App); ok && who.AppID != "" && app != who.AppID {
			found = append(found, slackTwoApps.found(fmt.Sprintf("the bot token of %s's login is of the app %s, the app-level token of %s", l.owner, who.AppID, app), "",
				"take both tokens from one app's page on https://api.slack.com/apps"))
			continue
		}
		good = append(good, fmt.Sprintf("%s in %s", who.BotName, who.TeamName))
	}
	return strings.Join(good, ", "), found
}

// checkScopes compares what each bot token may do with what the bridge uses.
func (e *examination) checkScopes(context.Context) (string, []Finding) {
	var found []Finding
	for _, l := range e.logins {
		missing := slackapp.MissingScopes(l.who.Scopes)
		if len(missing) == 0 {
			continue
		}
		kind, names, lost := slackScopesFewer, []string{}, []string{}
		for _, scope := range missing {
			if scope.Need == slackapp.Required {
				kind = slackScopesMissing
			}
			names = append(names, scope.Name)
			lost = append(lost, scope.Name+": "+scope.Lost)
		}
		found = append(found, kind.found(
			fmt.Sprintf("the bot token of %s lacks %s", l.who.TeamName, strings.Join(names, ", ")),
			"without "+strings.Join(lost, "; without "),
			"add them under OAuth & Permissions on the app's page, or paste `slack-bridge slack-app manifest` again, and reinstall the app",
		))
	}
	return "every scope that the bridge uses", found
}

// checkSocket asks Slack for the address of a socket, and leaves it unused.
func (e *examination) checkSocket(ctx context.Context) (string, []Finding) {
	var found []Finding
	for _, l := range e.logins {
		if _, err := l.api.OpenSocket(ctx); err != nil {
			found = append(found, fromSlack(slackSocketRefused, l, err))
		}
	}
	return "Slack would open one", found
}

// fromSlack makes a finding of an error of the Web API, which says its own cure.
func fromSlack(kind code, l *login, err error) Finding {
	var failed *slackapi.Error
	if !errors.As(err, &failed) || failed.Kind() == slackapi.Temporary || failed.Kind() == slackapi.RateLimited {
		return slackSilent.found("Slack does not answer for "+l.owner.String()+"'s login", plainHTTP(err),
			"see that this machine reaches https://slack.com, and https://slack-status.com")
	}
	what, cure := failed.Parts()
	return kind.found(fmt.Sprintf("%s's login: %s", l.owner, what), "", cure)
}
