package app

import (
	"context"

	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"
)

// members is the framework's store of who is in which room, which keeps no name and no
// picture of people who were erased, whatever the homeserver tells.
type members struct {
	*sqlstatestore.SQLStateStore
	erased func(id.UserID) bool
}

var _ appservice.StateStore = members{}

// keepNoErased has everything that is told of members go through that store.
func (a *App) keepNoErased() {
	store := members{a.matrix.StateStore, a.slack.IsErased}
	a.matrix.AS.StateStore = store
	a.matrix.Bot.StateStore = store // it was made with the framework's
}

// SetMember implements mautrix.StateStore.
func (m members) SetMember(ctx context.Context, room id.RoomID, user id.UserID, member *event.MemberEventContent) error {
	return m.SQLStateStore.SetMember(ctx, room, user, m.without(user, member))
}

// ReplaceCachedMembers implements mautrix.StateStore. The events stay as they are.
func (m members) ReplaceCachedMembers(ctx context.Context, room id.RoomID, events []*event.Event, memberships ...event.Membership) error {
	kept := make([]*event.Event, len(events))
	for i, evt := range events {
		kept[i] = evt
		if content, ok := evt.Content.Parsed.(*event.MemberEventContent); ok && m.erased(id.UserID(evt.GetStateKey())) {
			blank := *evt
			blank.Content.Parsed = m.without(id.UserID(evt.GetStateKey()), content)
			kept[i] = &blank
		}
	}
	return m.SQLStateStore.ReplaceCachedMembers(ctx, room, kept, memberships...)
}

// without is what is kept of a member.
func (m members) without(user id.UserID, member *event.MemberEventContent) *event.MemberEventContent {
	if !m.erased(user) {
		return member
	}
	return &event.MemberEventContent{Membership: member.Membership}
}
