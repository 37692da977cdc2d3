package uninstall

import (
	"context"
	"maps"
	"slices"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// revoke revokes the bot tokens of all logins, so that the app leaves its channels and
// hears nothing more, and names the page on which a person deletes it.
func (o Options) revoke(ctx context.Context, known *known, report *Report) error {
	tokens := maps.Clone(known.tokens)
	for _, login := range o.Config.Network.Logins {
		read, _, err := login.ReadTokens()
		if err != nil {
			report.fail("a token of %s: %s", login.Owner, err)
			continue
		}
		if !read.Bot.Empty() {
			tokens[login.BotTokenFile] = read.Bot
		}
	}
	for _, which := range slices.Sorted(maps.Keys(tokens)) {
		if err := o.revokeOne(ctx, which, tokens[which], report); err != nil {
			if ctx.Err() != nil {
				return exit.New(exit.TryAgain, "stopped; run it again to go on")
			}
			report.fail("the bot token of %s is not revoked: %s", which, err)
		}
	}
	return nil
}

func (o Options) revokeOne(ctx context.Context, which string, token secret.String, report *Report) error {
	slack := slackapi.New(slackapi.Config{APIURL: o.Config.Network.SlackAPIURL, BotToken: token, Scale: o.Config.Network.SlackTimeScale})
	who, err := slack.AuthTest(ctx)
	if slackapi.KindOf(err) == slackapi.Credentials {
		return nil // it is worth nothing already
	}
	if err != nil {
		return err
	}
	report.app(who.AppID, who.TeamName)
	if o.DryRun {
		return nil
	}
	return slack.Revoke(ctx)
}
