package uninstall

import (
	"fmt"
	"strings"
)

// Report says what was undone, or would be.
type Report struct {
	// Made and Peoples are the rooms that are left: those that the bridge made, and those
	// that people made.
	Made, Peoples []string
	// Aliases are the bridge's aliases of them.
	Aliases []string
	// Memberships is how many memberships of the bridge's own users end, and People how many
	// of other people's, in rooms that the bridge made.
	Memberships, People int
	// Apps are the apps whose bot token is revoked.
	Apps []string
	// Kept is what cannot be removed, with the reason.
	Kept []string
	// Failed is what did not work and is to be tried again.
	Failed []string
	// DryRun says that nothing was changed because that was asked for, and KeepRooms that people
	// stay in the bridge's rooms.
	DryRun, KeepRooms bool

	appservice, database string
	ids                  []string
}

func (r *Report) leave(made bool, title string, ours int) {
	if made {
		r.Made = append(r.Made, title)
	} else {
		r.Peoples = append(r.Peoples, title)
	}
	r.Memberships += ours
}

func (r *Report) app(id, team string) {
	r.Apps = append(r.Apps, id+" in "+team)
	r.ids = append(r.ids, id)
}

func (r *Report) keep(format string, args ...any) {
	r.Kept = append(r.Kept, fmt.Sprintf(format, args...))
}

func (r *Report) fail(format string, args ...any) {
	r.Failed = append(r.Failed, fmt.Sprintf(format, args...))
}

// String is the report for an operator.
func (r *Report) String() string {
	var b strings.Builder
	section := func(title string, lines ...string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString(title + ":\n")
		for _, line := range lines {
			b.WriteString("  - " + line + "\n")
		}
	}
	would := ""
	if r.DryRun {
		would = "would be "
	}
	rooms := would + "emptied and left"
	if r.KeepRooms {
		rooms = would + "left to the people in them"
	}
	section("rooms of the bridge, "+rooms, r.Made...)
	section("rooms of people, "+would+"left", r.Peoples...)
	section("aliases, "+would+"removed", r.Aliases...)
	section("memberships, "+would+"ended", r.memberships()...)
	section("Slack apps, bot token "+would+"revoked", r.Apps...)
	section("stays", r.Kept...)
	section("failed", r.Failed...)
	section("left to do", r.next()...)
	switch {
	case r.DryRun:
		b.WriteString("nothing was changed: this was a dry run\n")
	case len(r.Failed) > 0:
		b.WriteString("not done: run it again\n")
	default:
		b.WriteString("done\n")
	}
	return b.String()
}

func (r *Report) memberships() (lines []string) {
	if r.Memberships > 0 {
		lines = append(lines, fmt.Sprintf("%d of the bridge's bot and of people of Slack", r.Memberships))
	}
	if r.People > 0 {
		lines = append(lines, fmt.Sprintf("%d of people of Matrix", r.People))
	}
	return lines
}

// next is what is left to a person.
func (r *Report) next() []string {
	var lines []string
	for _, id := range r.ids {
		lines = append(lines, fmt.Sprintf("the app: `slack-bridge slack-app delete --app %s`, or Delete App at the end of https://api.slack.com/apps/%s/general", id, id))
	}
	database := "its PostgreSQL database"
	if r.database != "postgres" {
		database = "its SQLite database"
	}
	return append(lines,
		fmt.Sprintf("the registration %s: take it from the homeserver (continuwuity: `!admin appservices unregister %s` in its admin room; Synapse: app_service_config_files), and restart it", r.appservice, r.appservice),
		"the service: disable it, or else it makes the rooms anew; then delete "+database+" and its token files",
	)
}
