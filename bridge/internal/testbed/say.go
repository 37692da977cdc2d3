package testbed

import (
	"context"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/await"
)

// MustSend writes plain text.
func (p *Person) MustSend(room id.RoomID, text string) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventMessage, &event.MessageEventContent{MsgType: event.MsgText, Body: text})
}

// MustSendHTML writes formatted text; plain is what clients without HTML show.
func (p *Person) MustSendHTML(room id.RoomID, plain, html string) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgText, Body: plain, Format: event.FormatHTML, FormattedBody: html,
	})
}

// MustReply answers a message outside of threads.
func (p *Person) MustReply(room id.RoomID, to id.EventID, text string) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgText, Body: text, RelatesTo: (&event.RelatesTo{}).SetReplyTo(to),
	})
}

// MustThread writes into the thread that root begins.
func (p *Person) MustThread(room id.RoomID, root id.EventID, text string) id.EventID {
	p.bed.t.Helper()
	if root == "" {
		p.bed.t.Fatal("an answer needs the event that it answers")
	}
	return p.mustSend(room, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgText, Body: text, RelatesTo: (&event.RelatesTo{}).SetThread(root, root),
	})
}

// MustEdit replaces the text of a message of the person's own.
func (p *Person) MustEdit(room id.RoomID, message id.EventID, text string) id.EventID {
	p.bed.t.Helper()
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: text}
	content.SetEdit(message)
	return p.mustSend(room, event.EventMessage, content)
}

// MustReact adds a reaction; key is the emoji itself.
func (p *Person) MustReact(room id.RoomID, message id.EventID, key string) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventReaction, &event.ReactionEventContent{
		RelatesTo: *(&event.RelatesTo{}).SetAnnotation(message, key),
	})
}

// MustRedact deletes a message or takes a reaction back.
func (p *Person) MustRedact(room id.RoomID, message id.EventID) {
	p.bed.t.Helper()
	_, err := p.Client.RedactEvent(p.bed.ctx, room, message)
	p.bed.must(err)
}

// MustSetState sets a part of a room's state that has no key.
func (p *Person) MustSetState(room id.RoomID, kind event.Type, content any) {
	p.bed.t.Helper()
	_, err := p.Client.SendStateEvent(p.bed.ctx, room, kind, "", content)
	p.bed.must(err)
}

// MustJoin joins a room by its id or alias and returns its id.
func (p *Person) MustJoin(room string) id.RoomID {
	p.bed.t.Helper()
	joined, err := p.Client.JoinRoom(p.bed.ctx, room, nil)
	p.bed.must(err)
	return joined.RoomID
}

// MustLeave leaves a room.
func (p *Person) MustLeave(room id.RoomID) {
	p.bed.t.Helper()
	_, err := p.Client.LeaveRoom(p.bed.ctx, room)
	p.bed.must(err)
}

// MustBan bans a user from a room.
func (p *Person) MustBan(room id.RoomID, user id.UserID) {
	p.bed.t.Helper()
	_, err := p.Client.BanUser(p.bed.ctx, room, &mautrix.ReqBanUser{UserID: user})
	p.bed.must(err)
}

// MustUnban lets a banned user into a room again.
func (p *Person) MustUnban(room id.RoomID, user id.UserID) {
	p.bed.t.Helper()
	_, err := p.Client.UnbanUser(p.bed.ctx, room, &mautrix.ReqUnbanUser{UserID: user})
	p.bed.must(err)
}

// MustInvite invites a user.
func (p *Person) MustInvite(room id.RoomID, user id.UserID) {
	p.bed.t.Helper()
	_, err := p.Client.InviteUser(p.bed.ctx, room, &mautrix.ReqInviteUser{UserID: user})
	p.bed.must(err)
}

// MustOpenChat makes a direct chat with the bridge's bot, waits until the bot is
// in it and returns it: the management room.
func (p *Person) MustOpenChat() id.RoomID {
	p.bed.t.Helper()
	room, err := p.Client.CreateRoom(p.bed.ctx, &mautrix.ReqCreateRoom{
		Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{BotID},
	})
	p.bed.must(err)
	p.AwaitMember(room.RoomID, BotID)
	return room.RoomID
}

func (p *Person) mustSend(room id.RoomID, kind event.Type, content any) id.EventID {
	p.bed.t.Helper()
	sent, err := p.Client.SendMessageEvent(p.bed.ctx, room, kind, content)
	p.bed.must(err)
	return sent.EventID
}

// MustSetFace gives the person a picture, waits until a room shows it, and returns where
// it is.
func (p *Person) MustSetFace(room id.RoomID, picture []byte) id.ContentURI {
	p.bed.t.Helper()
	uploaded, err := p.Client.UploadBytes(p.bed.ctx, picture, "image/png")
	p.bed.must(err)
	p.bed.must(p.Client.SetAvatarURL(p.bed.ctx, uploaded.ContentURI))
	ctx, cancel := p.bed.patience()
	defer cancel()
	p.bed.must(await.Until(ctx, "the picture of "+p.UserID.String(), func(ctx context.Context) (bool, error) {
		var member event.MemberEventContent
		err := p.Client.StateEvent(ctx, room, event.StateMember, p.UserID.String(), &member)
		return member.AvatarURL == uploaded.ContentURI.CUString(), err
	}))
	return uploaded.ContentURI
}
