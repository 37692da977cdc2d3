package uninstall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

// reason is what people are told who are taken out of a room.
const reason = "The bridge to Slack was uninstalled"

// homeserver is where the rooms are.
type homeserver struct {
	config  *settings.Config
	options Options
	bot     *mautrix.Client
	users   []*regexp.Regexp
	aliases []*regexp.Regexp
	// joined are the rooms that users of the bridge are in, as far as they were asked for.
	joined map[id.UserID][]id.RoomID
}

// newHomeserver sees that the homeserver takes the bridge's token before anything is done.
func newHomeserver(ctx context.Context, options Options) (*homeserver, error) {
	own := registration.Of(options.Config)
	h := &homeserver{
		config: options.Config, options: options, joined: map[id.UserID][]id.RoomID{},
		users: patterns(own.Namespaces.UserIDs), aliases: patterns(own.Namespaces.RoomAliases),
	}
	var err error
	if h.bot, err = h.as(id.NewUserID(own.SenderLocalpart, options.Config.Homeserver.Domain)); err != nil {
		return nil, err
	}
	if _, err := h.bot.Whoami(ctx); err != nil {
		return nil, exit.New(exit.Unavailable, "the homeserver at %s does not take appservice.as_token: %w; uninstall while it still has the registration", options.Config.Homeserver.Address, err)
	}
	return h, nil
}

func patterns(namespaces appservice.NamespaceList) (all []*regexp.Regexp) {
	for _, namespace := range namespaces {
		all = append(all, regexp.MustCompile(namespace.Regex))
	}
	return all
}

func matches(all []*regexp.Regexp, name string) bool {
	return slices.ContainsFunc(all, func(pattern *regexp.Regexp) bool { return pattern.MatchString(name) })
}

// as is one of the bridge's users.
func (h *homeserver) as(user id.UserID) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(h.config.Homeserver.Address, user, h.config.AppService.ASToken)
	if err != nil {
		return nil, fmt.Errorf("homeserver.address: %w", err)
	}
	client.SetAppServiceUserID = true
	return client, nil
}

// isIn says whether one of the bridge's users is in a room.
func (h *homeserver) isIn(ctx context.Context, user id.UserID, room id.RoomID) (bool, error) {
	rooms, known := h.joined[user]
	if !known {
		client, err := h.as(user)
		if err != nil {
			return false, err
		}
		answer, err := client.JoinedRooms(ctx)
		if err != nil {
			return false, fmt.Errorf("list the rooms of %s: %w", user, err)
		}
		rooms = answer.JoinedRooms
		h.joined[user] = rooms
	}
	return slices.Contains(rooms, room), nil
}

// leave leaves all rooms, those that the database knows and those that the bot is in.
func (h *homeserver) leave(ctx context.Context, known *known, report *Report) error {
	if _, err := h.isIn(ctx, h.bot.UserID, ""); err != nil {
		return exit.New(exit.Unavailable, "the homeserver does not say which rooms the bridge is in: %w", err)
	}
	joined, rooms := h.joined[h.bot.UserID], maps.Clone(known.rooms)
	for _, each := range joined {
		if _, there := rooms[each]; !there {
			rooms[each] = room{}
		}
	}
	ids := slices.SortedFunc(maps.Keys(rooms), func(a, b id.RoomID) int {
		return cmp.Or(cmp.Compare(rooms[a].name, rooms[b].name), cmp.Compare(a, b))
	})
	for _, each := range ids {
		left := &leaving{homeserver: h, id: each, room: rooms[each], in: slices.Contains(joined, each), report: report}
		if err := left.do(ctx, known.members[each]); err != nil {
			if ctx.Err() != nil {
				return exit.New(exit.TryAgain, "stopped; run it again to go on")
			}
			report.fail("%s: %s", left.title(), err)
		}
	}
	return nil
}

// leaving is a room that is left.
type leaving struct {
	*homeserver
	id     id.RoomID
	room   room
	in     bool // whether the bot is in it
	report *Report
}

func (l *leaving) title() string {
	if l.room.name == "" {
		return l.id.String()
	}
	return l.room.name + " (" + l.id.String() + ")"
}

func (l *leaving) do(ctx context.Context, noted []id.UserID) error {
	ours, people, err := l.members(ctx, noted)
	if err != nil {
		return err
	}
	if len(ours) == 0 && !l.in {
		return nil // it was left before
	}
	l.report.leave(l.room.made, l.title(), len(ours))
	if l.in && l.room.made {
		if err := l.unpublish(ctx); err != nil {
			return err
		}
		if !l.options.KeepRooms {
			l.remove(ctx, people)
		}
	}
	if l.options.DryRun {
		return nil
	}
	var errs []error
	for _, user := range ours {
		if user != l.bot.UserID {
			errs = append(errs, l.goOut(ctx, user))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err // the bot stays: the next run finds them by it
	}
	return l.goOut(ctx, l.bot.UserID)
}

// members are who is in the room or invited: the bridge's own users, and people. Of a room
// that the bot is not in, the former are found by what the database has noted.
func (l *leaving) members(ctx context.Context, noted []id.UserID) (ours, people []id.UserID, err error) {
	if !l.in {
		for _, user := range noted {
			if user == l.bot.UserID || !matches(l.users, user.String()) {
				continue
			}
			in, err := l.isIn(ctx, user, l.id)
			if err != nil {
				return nil, nil, err
			}
			if in {
				ours = append(ours, user)
			}
		}
		return ours, nil, nil
	}
	answer, err := l.bot.Members(ctx, l.id)
	if err != nil {
		return nil, nil, fmt.Errorf("list who is in it: %w", err)
	}
	for _, each := range answer.Chunk {
		user := id.UserID(each.GetStateKey())
		switch membership := event.Membership(fmt.Sprint(each.Content.Raw["membership"])); {
		case membership != event.MembershipJoin && membership != event.MembershipInvite:
		case matches(l.users, user.String()):
			ours = append(ours, user)
		default:
			people = append(people, user)
		}
	}
	slices.Sort(ours)
	slices.Sort(people)
	return ours, people, nil
}

// unpublish takes the room out of the directory and removes the bridge's aliases of it.
func (l *leaving) unpublish(ctx context.Context) error {
	answer, err := l.bot.GetAliases(ctx, l.id)
	if err != nil {
		return fmt.Errorf("list its aliases: %w", err)
	}
	for _, alias := range answer.Aliases {
		if !matches(l.aliases, alias.String()) {
			continue
		}
		l.report.Aliases = append(l.report.Aliases, alias.String())
		if l.options.DryRun {
			continue
		}
		if _, err := l.bot.DeleteAlias(ctx, alias); err != nil && !errors.Is(err, mautrix.MNotFound) {
			return fmt.Errorf("remove the alias %s: %w", alias, err)
		}
	}
	if l.options.DryRun {
		return nil
	}
	address := l.bot.BuildClientURL("v3", "directory", "list", "room", l.id)
	if _, err := l.bot.MakeRequest(ctx, http.MethodPut, address, map[string]string{"visibility": "private"}, nil); err != nil {
		return fmt.Errorf("take it out of the room directory: %w", err)
	}
	return nil
}

// remove takes people out of the room. One who may not be removed keeps it.
func (l *leaving) remove(ctx context.Context, people []id.UserID) {
	for _, user := range people {
		l.report.People++
		if l.options.DryRun {
			continue
		}
		if _, err := l.bot.KickUser(ctx, l.id, &mautrix.ReqKickUser{UserID: user, Reason: reason}); err != nil {
			l.report.People--
			l.report.keep("%s stays in %s: %s", user, l.title(), err)
		}
	}
}

// goOut has one of the bridge's users leave the room or turn down its invitation.
func (l *leaving) goOut(ctx context.Context, user id.UserID) error {
	client, err := l.as(user)
	if err != nil {
		return err
	}
	_, err = client.LeaveRoom(ctx, l.id, &mautrix.ReqLeave{Reason: reason})
	if errors.Is(err, mautrix.MForbidden) || errors.Is(err, mautrix.MNotFound) {
		return nil // it is out already
	}
	if err != nil {
		return fmt.Errorf("%s does not leave: %w", user, err)
	}
	return nil
}
