package slackimport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackexport"
	"ops-jrz1/bridge/internal/slackid"
)

// known is what the bridge's database has already.
type known struct {
	// rooms are the conversations that have one, by workspace and channel.
	rooms map[string]bool
	// bots are those of the logins, by workspace.
	bots map[string][]string
}

// readKnown reads it. A database that no bridge has used has nothing.
func readKnown(ctx context.Context, db *dbutil.Database) (found known, err error) {
	found = known{rooms: map[string]bool{}, bots: map[string][]string{}}
	exists, err := db.TableExists(ctx, "portal")
	if err != nil || !exists {
		return found, wrap(err, "look for the rooms")
	}
	rows, err := db.Query(ctx, `SELECT id FROM portal WHERE bridge_id='' AND mxid IS NOT NULL AND mxid<>''`)
	rooms, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return found, wrap(err, "list the rooms")
	}
	for _, room := range rooms {
		found.rooms[room] = true
	}
	rows, err = db.Query(ctx, `SELECT id FROM user_login WHERE bridge_id=''`)
	logins, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return found, wrap(err, "list the logins")
	}
	for _, login := range logins {
		if team, bot, ok := strings.Cut(login, "-"); ok {
			found.bots[team] = append(found.bots[team], bot)
		}
	}
	return found, nil
}

func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// refusedAltogether says why nothing of the archive can be imported, or "".
func (r *run) refusedAltogether(known known) string {
	switch encryption := r.options.Config.Encryption; {
	case r.report.Team == "":
		return "the archive does not say which workspace it was made of: none of the people in users.json has a team_id"
	case encryption.Allow && encryption.Default:
		return "new rooms are encrypted (encryption.default), and people who join later cannot read what was sent before: set it to false"
	case len(known.bots) > 0 && known.bots[r.report.Team] == nil:
		teams := strings.Join(slices.Sorted(maps.Keys(known.bots)), ", ")
		return fmt.Sprintf("the archive is of the workspace %s, and the bridge is logged in to %s", r.report.Team, teams)
	}
	return ""
}

// refused says why a conversation cannot be imported, or "".
func (r *run) refused(conversation slackexport.Conversation, known known) string {
	bots := known.bots[r.report.Team]
	isBots := func(member string) bool { return slices.Contains(bots, member) }
	switch {
	case known.rooms[string(slackid.MakePortalID(r.report.Team, conversation.ID))]:
		return "it has a room, and what is sent to one is shown after all that is in it"
	case (conversation.IsIM || conversation.IsMPIM) && !slices.ContainsFunc(conversation.Members, isBots):
		return "the bridge's app is not in it"
	case conversation.IsArchived:
		return "it is archived in Slack: unarchive it there, and import what is exported then"
	case r.hasRoomOfPeople(conversation):
		return "network.channels.rooms names a room of people for it, which holds messages already"
	case !r.options.Config.Network.Channels.Allows(conversation.Name, conversation.ID):
		return "network.channels excludes it"
	case !r.options.Config.Network.Channels.Direction(conversation.Name, conversation.ID).FromSlack():
		return "by network.channels.directions nothing crosses from it"
	}
	return ""
}

// hasRoomOfPeople says whether a setting has the conversation be shown in a room that people have
// made.
func (r *run) hasRoomOfPeople(conversation slackexport.Conversation) bool {
	_, named := r.options.Config.Network.Channels.RoomOf(conversation.Name, conversation.ID)
	return named && !conversation.IsIM && !conversation.IsMPIM
}

// title is a conversation as people know it.
func (r *run) title(conversation slackexport.Conversation) string {
	if !conversation.IsIM && !conversation.IsMPIM {
		return "#" + conversation.Name
	}
	names := make([]string, 0, len(conversation.Members))
	for _, member := range conversation.Members {
		name := member
		if at := slices.IndexFunc(r.archive.Users, func(u slackevent.User) bool { return u.ID == member }); at >= 0 && r.archive.Users[at].Name != "" {
			name = "@" + r.archive.Users[at].Name
		}
		names = append(names, name)
	}
	return fmt.Sprintf("%s (%s)", strings.Join(names, ", "), conversation.ID)
}

// count counts what was said in a conversation.
func count(title string, conversation slackexport.Conversation, messages []*slackevent.Message) Filled {
	counted := Filled{Title: title, Private: conversation.IsPrivate, Messages: len(messages)}
	threads := map[string]bool{}
	for _, message := range messages {
		if message.ThreadTS != "" && message.ThreadTS != message.TS {
			threads[message.ThreadTS] = true
		}
		counted.Files += len(message.Files)
		for _, reaction := range message.Reactions {
			counted.Reactions += len(reaction.Users)
		}
	}
	counted.Threads = len(threads)
	return counted
}
