package slackapp

import (
	"fmt"
	"strings"
)

// Markdown returns the reference page about the Slack app, generated from the
// table. It is in the repository as docs/reference/slack-app.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# The Slack app

<!-- Generated from the table in bridge/internal/slackapp: go test ./bridge/internal/slackapp -update -->

The bridge is a Slack app of your own workspace. ` + "`slack-bridge slack-app manifest`" + ` prints its manifest: on
<https://api.slack.com/apps> choose *Create New App*, *From a manifest*, and paste it. An app that is there already is
compared by ` + "`slack-bridge slack-app check`" + ` and changed by ` + "`slack-bridge slack-app apply`" + `: [The Slack app by
command](../slack-app.md). Then

1. *Install App* gives the bot token (` + "`xoxb-…`" + `);
2. *Basic Information*, *App-Level Tokens*, scope ` + "`connections:write`" + `, gives the app token (` + "`xapp-…`" + `).

After a change of scopes the app must be installed again: *OAuth & Permissions*, *Reinstall to Workspace*. The token stays
the same. A missing optional scope costs the feature named in its row and nothing else. The manifest marks every scope that is not
required as optional: the person who installs the app can refuse it.

## Scopes of the app token

`)
	scopeTable(&b, func(s Scope) bool { return s.Token == AppToken })
	b.WriteString("\n## Scopes of the bot token\n\n")
	scopeTable(&b, func(s Scope) bool { return s.Token == BotToken })
	b.WriteString("\n## Event subscriptions\n\n")
	eventTable(&b)
	b.WriteString("\n## Settings\n\n| setting | is | need | for | otherwise |\n| --- | --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		fmt.Fprintf(&b, "| `%s` | %t | %s | %s | %s |\n", s.Path, s.On, s.Need, s.Reason, s.Lost)
	}
	return []byte(b.String())
}

func scopeTable(b *strings.Builder, keep func(Scope) bool) {
	b.WriteString("| scope | need | for | without it |\n| --- | --- | --- | --- |\n")
	for _, s := range Scopes() {
		if keep(s) {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", s.Name, s.Need, s.Reason, s.Lost)
		}
	}
}

func eventTable(b *strings.Builder) {
	b.WriteString("| event | scope | need | for | without it |\n| --- | --- | --- | --- | --- |\n")
	for _, e := range Events() {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", e.Name, scopesOf(e), e.Need, e.Reason, e.Lost)
	}
}

func scopesOf(e Event) string {
	if len(e.Scopes) == 0 {
		return "none"
	}
	return "`" + strings.Join(e.Scopes, "` or `") + "`"
}
