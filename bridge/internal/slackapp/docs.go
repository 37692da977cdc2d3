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
	scopeTable(&b, func(s Scope) bool { return s.Token == BotToken && s.Need != Later })
	b.WriteString("\n## Event subscriptions\n\n")
	eventTable(&b, func(e Event) bool { return e.Need != Later })
	b.WriteString("\n## Settings\n\n| setting | is | need | for | otherwise |\n| --- | --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		fmt.Fprintf(&b, "| `%s` | %t | %s | %s | %s |\n", s.Path, s.On, s.Need, s.Reason, s.Lost)
	}
	b.WriteString(`
## Asked for ahead of use

No feature uses these yet: each waits for the feature in its last column. The manifest asks for them so that an upgrade of
the bridge needs no new approval of the app; you may take them out.

`)
	b.WriteString("| scope | for | without it | waits for |\n| --- | --- | --- | --- |\n")
	for _, s := range Scopes() {
		if s.Need == Later {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, s.Reason, s.Lost, s.Waits)
		}
	}
	b.WriteString("\n| event | scope | for | without it | waits for |\n| --- | --- | --- | --- | --- |\n")
	for _, e := range Events() {
		if e.Need == Later {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", e.Name, scopesOf(e), e.Reason, e.Lost, e.Waits)
		}
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

func eventTable(b *strings.Builder, keep func(Event) bool) {
	b.WriteString("| event | scope | need | for | without it |\n| --- | --- | --- | --- | --- |\n")
	for _, e := range Events() {
		if !keep(e) {
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", e.Name, scopesOf(e), e.Need, e.Reason, e.Lost)
	}
}

func scopesOf(e Event) string {
	if len(e.Scopes) == 0 {
		return "none"
	}
	return "`" + strings.Join(e.Scopes, "` or `") + "`"
}
