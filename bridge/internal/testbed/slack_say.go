package testbed

import "ops-jrz1/bridge/internal/emulator/control"

// MustPost writes into a conversation and returns the message's ts. The person
// has to be a member.
func (p *SlackPerson) MustPost(conversation, text string) (ts string) {
	p.slack.bed.t.Helper()
	ts, err := p.slack.Control.Say(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), text)
	p.slack.bed.must(err)
	return ts
}

// MustThread answers in the thread that the message with threadTS begins.
func (p *SlackPerson) MustThread(conversation, threadTS, text string) (ts string) {
	p.slack.bed.t.Helper()
	ts, err := p.slack.Control.Reply(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), threadTS, text)
	p.slack.bed.must(err)
	return ts
}

// MustBroadcast answers in a thread, and sends the answer to the channel too.
func (p *SlackPerson) MustBroadcast(conversation, threadTS, text string) (ts string) {
	p.slack.bed.t.Helper()
	ts, err := p.slack.Control.Broadcast(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), threadTS, text)
	p.slack.bed.must(err)
	return ts
}

// MustEdit changes a message of the person's own.
func (p *SlackPerson) MustEdit(conversation, ts, text string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Edit(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), ts, text))
}

// MustDelete deletes a message of the person's own.
func (p *SlackPerson) MustDelete(conversation, ts string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Delete(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), ts))
}

// MustReact adds a reaction; name is the emoji's name without colons.
func (p *SlackPerson) MustReact(conversation, ts, name string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.React(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), ts, name))
}

// MustUnreact takes a reaction back.
func (p *SlackPerson) MustUnreact(conversation, ts, name string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Unreact(p.slack.bed.ctx, p.id, p.slack.conversation(conversation), ts, name))
}

// MustUse uses a slash command in a conversation.
func (p *SlackPerson) MustUse(conversation, command, text string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.UseCommand(p.slack.bed.ctx, control.CommandRequest{
		User: p.id, Channel: p.slack.conversation(conversation), Command: command, Text: text,
	}))
}

// Shown are the texts that the person alone was shown, oldest first.
func (p *SlackPerson) Shown() (texts []string) {
	p.slack.bed.t.Helper()
	shown, err := p.slack.Control.Ephemerals(p.slack.bed.ctx, p.id)
	p.slack.bed.must(err)
	for _, one := range shown {
		texts = append(texts, one.Message.Text)
	}
	return texts
}

// MustCreateChannel makes a public channel with more members.
func (p *SlackPerson) MustCreateChannel(name string, members ...string) {
	p.slack.bed.t.Helper()
	_, err := p.slack.Control.CreateChannel(p.slack.bed.ctx, p.id, name, false, members...)
	p.slack.bed.must(err)
}

// MustInvite brings people, or Bot, into a channel.
func (p *SlackPerson) MustInvite(channel string, users ...string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Invite(p.slack.bed.ctx, p.id, channel, users...))
}

// MustJoin makes the person a member of a public channel.
func (p *SlackPerson) MustJoin(channel string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Join(p.slack.bed.ctx, p.id, channel))
}

// MustAddPerson adds a person to the workspace.
func (s *Slack) MustAddPerson(name string) *SlackPerson {
	s.bed.t.Helper()
	_, err := s.Control.NewUser(s.bed.ctx, control.UserRequest{Name: name})
	s.bed.must(err)
	return s.Person(name)
}

// MustBeDeactivated deactivates the person's account.
func (p *SlackPerson) MustBeDeactivated() {
	p.slack.bed.t.Helper()
	deleted := true
	_, err := p.slack.Control.ChangeProfile(p.slack.bed.ctx, control.ProfileRequest{User: p.id, Deleted: &deleted})
	p.slack.bed.must(err)
}

// MustCreatePrivateChannel makes a private channel with more members.
func (p *SlackPerson) MustCreatePrivateChannel(name string, members ...string) {
	p.slack.bed.t.Helper()
	_, err := p.slack.Control.CreateChannel(p.slack.bed.ctx, p.id, name, true, members...)
	p.slack.bed.must(err)
}

// MustOpenGroup opens the direct conversation of several people and returns what
// the other verbs take for it.
func (p *SlackPerson) MustOpenGroup(with ...string) (conversation string) {
	p.slack.bed.t.Helper()
	opened, err := p.slack.Control.OpenDM(p.slack.bed.ctx, p.id, with...)
	p.slack.bed.must(err)
	return opened.ID
}

// MustKick takes people, or Bot, out of a channel.
func (p *SlackPerson) MustKick(channel string, users ...string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Kick(p.slack.bed.ctx, p.id, channel, users...))
}

// MustRename gives a channel another name.
func (p *SlackPerson) MustRename(channel, name string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.RenameChannel(p.slack.bed.ctx, p.id, channel, name))
}

// MustSetTopic says what a channel is about.
func (p *SlackPerson) MustSetTopic(channel, topic string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.SetTopic(p.slack.bed.ctx, p.id, channel, topic))
}

// MustSetPurpose says what a channel is for.
func (p *SlackPerson) MustSetPurpose(channel, purpose string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.SetPurpose(p.slack.bed.ctx, p.id, channel, purpose))
}

// MustLookLike changes the person's name and picture; picture is an address.
func (p *SlackPerson) MustLookLike(name, picture string) {
	p.slack.bed.t.Helper()
	change := control.ProfileRequest{User: p.id}
	change.RealName, change.DisplayName, change.Image = &name, &name, &picture
	_, err := p.slack.Control.ChangeProfile(p.slack.bed.ctx, change)
	p.slack.bed.must(err)
}

// MustBookmark puts a link at the top of a channel.
func (p *SlackPerson) MustBookmark(channel, title, link string) {
	p.slack.bed.t.Helper()
	_, err := p.slack.Control.AddBookmark(p.slack.bed.ctx, control.BookmarkRequest{User: p.id, Channel: channel, Title: title, Link: link})
	p.slack.bed.must(err)
}

// MustPin pins a message, and MustUnpin takes the pin away.
func (p *SlackPerson) MustPin(channel, ts string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Pin(p.slack.bed.ctx, p.id, p.slack.conversation(channel), ts))
}

// MustUnpin takes a pin away.
func (p *SlackPerson) MustUnpin(channel, ts string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Unpin(p.slack.bed.ctx, p.id, p.slack.conversation(channel), ts))
}

// MustChangeID has a channel get another id, and returns the new one.
func (p *SlackPerson) MustChangeID(channel string) string {
	p.slack.bed.t.Helper()
	changed, err := p.slack.Control.ChangeChannelID(p.slack.bed.ctx, p.id, channel)
	p.slack.bed.must(err)
	return changed.ID
}

// MustRestrictPosting says whether only owners, administrators and apps may post to a channel.
func (p *SlackPerson) MustRestrictPosting(channel string, restricted bool) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.RestrictPosting(p.slack.bed.ctx, p.id, channel, restricted))
}

// MustBeAdmin makes the person an administrator of the workspace, or takes that from them.
func (p *SlackPerson) MustBeAdmin(admin bool) {
	p.slack.bed.t.Helper()
	_, err := p.slack.Control.ChangeProfile(p.slack.bed.ctx, control.ProfileRequest{User: p.id, Admin: &admin})
	p.slack.bed.must(err)
}

// MustConvert makes a channel private, or public again.
func (p *SlackPerson) MustConvert(channel string, private bool) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.ConvertChannel(p.slack.bed.ctx, p.id, channel, private))
}

// MustArchive archives a channel.
func (p *SlackPerson) MustArchive(channel string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Archive(p.slack.bed.ctx, p.id, channel))
}

// MustUnarchive brings an archived channel back.
func (p *SlackPerson) MustUnarchive(channel string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Unarchive(p.slack.bed.ctx, p.id, channel))
}

// MustShareChannel shares a channel with another workspace, of which these people come in.
func (p *SlackPerson) MustShareChannel(channel, team string, users ...string) {
	p.slack.bed.t.Helper()
	_, err := p.slack.Control.ShareChannel(p.slack.bed.ctx, control.ShareRequest{User: p.id, Channel: channel, Team: team, Users: users})
	p.slack.bed.must(err)
}

// MustUnshareChannel ends that a channel is shared with another workspace.
func (p *SlackPerson) MustUnshareChannel(channel, team string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.UnshareChannel(p.slack.bed.ctx, p.id, channel, team))
}

// MustLeaveChannel takes the person out of a channel.
func (p *SlackPerson) MustLeaveChannel(channel string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.Leave(p.slack.bed.ctx, p.id, channel))
}

// MustDeleteChannel deletes a channel with all that was said in it.
func (p *SlackPerson) MustDeleteChannel(channel string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.DeleteChannel(p.slack.bed.ctx, p.id, channel))
}

// MustShare shares files in a conversation, with a text or without, and returns the
// message's ts and the files' ids.
func (p *SlackPerson) MustShare(conversation, text string, files ...control.FileContent) (ts string, ids []string) {
	p.slack.bed.t.Helper()
	return p.MustPostRequest(control.PostRequest{Channel: conversation, Text: text, Files: files})
}

// MustPostRequest posts whatever a person can, and returns the message's ts and its files'
// ids.
func (p *SlackPerson) MustPostRequest(request control.PostRequest) (ts string, files []string) {
	p.slack.bed.t.Helper()
	request.User, request.Channel = p.id, p.slack.conversation(request.Channel)
	posted, err := p.slack.Control.Post(p.slack.bed.ctx, request)
	p.slack.bed.must(err)
	for _, file := range posted.Files {
		files = append(files, file["id"].(string))
	}
	return posted.TS, files
}

// MustDeleteFile deletes a file of the person's own.
func (p *SlackPerson) MustDeleteFile(file string) {
	p.slack.bed.t.Helper()
	p.slack.bed.must(p.slack.Control.DeleteFile(p.slack.bed.ctx, p.id, file))
}
