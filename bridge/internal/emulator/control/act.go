package control

import (
	"context"
	"encoding/json"
	"errors"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Post says a message with everything that a message can have.
func (c *Client) Post(ctx context.Context, r PostRequest) (workspace.Message, error) {
	var m workspace.Message
	err := c.post(ctx, "/messages/post", r, &m)
	return m, err
}

// Say says a text as a person and returns its ts.
func (c *Client) Say(ctx context.Context, user, channel, text string) (ts string, err error) {
	m, err := c.Post(ctx, PostRequest{User: user, Channel: channel, Text: text})
	return m.TS, err
}

// errNoThread is the error of an answer that would be a message of its own.
var errNoThread = errors.New("an answer needs the ts of the message that it answers")

// Reply answers in a thread.
func (c *Client) Reply(ctx context.Context, user, channel, threadTS, text string) (ts string, err error) {
	if threadTS == "" {
		return "", errNoThread
	}
	m, err := c.Post(ctx, PostRequest{User: user, Channel: channel, Text: text, ThreadTS: threadTS})
	return m.TS, err
}

// Broadcast answers in a thread and shows the answer in the channel.
func (c *Client) Broadcast(ctx context.Context, user, channel, threadTS, text string) (ts string, err error) {
	if threadTS == "" {
		return "", errNoThread
	}
	m, err := c.Post(ctx, PostRequest{User: user, Channel: channel, Text: text, ThreadTS: threadTS, Broadcast: true})
	return m.TS, err
}

// Edit changes a person's own message.
func (c *Client) Edit(ctx context.Context, user, channel, ts, text string) error {
	return c.post(ctx, "/messages/edit", EditRequest{User: user, Channel: channel, TS: ts, Text: text}, nil)
}

// EditWith changes a person's own message with its blocks or attachments.
func (c *Client) EditWith(ctx context.Context, r EditRequest) error {
	return c.post(ctx, "/messages/edit", r, nil)
}

// Unfurl puts link previews on a message without an edit.
func (c *Client) Unfurl(ctx context.Context, channel, ts string, attachments json.RawMessage) error {
	return c.post(ctx, "/messages/unfurl", EditRequest{Channel: channel, TS: ts, Attachments: attachments}, nil)
}

// Delete removes a person's own message.
func (c *Client) Delete(ctx context.Context, user, channel, ts string) error {
	return c.post(ctx, "/messages/delete", ItemRequest{User: user, Channel: channel, TS: ts}, nil)
}

// Share says a text with files and returns the message.
func (c *Client) Share(ctx context.Context, user, channel, text string, files ...FileContent) (workspace.Message, error) {
	return c.Post(ctx, PostRequest{User: user, Channel: channel, Text: text, Files: files})
}

// DeleteFile deletes a person's own file.
func (c *Client) DeleteFile(ctx context.Context, user, file string) error {
	return c.post(ctx, "/files/delete", FileRequest{User: user, File: file}, nil)
}

// RenameFile gives a person's own file another title.
func (c *Client) RenameFile(ctx context.Context, user, file, title string) error {
	return c.post(ctx, "/files/rename", FileRequest{User: user, File: file, Title: title}, nil)
}

// React adds a reaction, Unreact takes it away. name is without colons.
func (c *Client) React(ctx context.Context, user, channel, ts, name string) error {
	return c.post(ctx, "/reactions/add", ItemRequest{user, channel, ts, name}, nil)
}

// Unreact takes a reaction away.
func (c *Client) Unreact(ctx context.Context, user, channel, ts, name string) error {
	return c.post(ctx, "/reactions/remove", ItemRequest{user, channel, ts, name}, nil)
}

// Pin pins a message.
func (c *Client) Pin(ctx context.Context, user, channel, ts string) error {
	return c.post(ctx, "/pins/add", ItemRequest{User: user, Channel: channel, TS: ts}, nil)
}

// Unpin takes a pin away.
func (c *Client) Unpin(ctx context.Context, user, channel, ts string) error {
	return c.post(ctx, "/pins/remove", ItemRequest{User: user, Channel: channel, TS: ts}, nil)
}

// AddBookmark puts a link at the top of a channel.
func (c *Client) AddBookmark(ctx context.Context, r BookmarkRequest) (workspace.Bookmark, error) {
	var b workspace.Bookmark
	err := c.post(ctx, "/bookmarks/add", r, &b)
	return b, err
}

// RemoveBookmark takes one away.
func (c *Client) RemoveBookmark(ctx context.Context, user, channel, id string) error {
	return c.post(ctx, "/bookmarks/remove", BookmarkRequest{User: user, Channel: channel, ID: id}, nil)
}

func (c *Client) channel(ctx context.Context, verb string, r ChannelRequest) (workspace.Channel, error) {
	var ch workspace.Channel
	err := c.post(ctx, "/channels/"+verb, r, &ch)
	return ch, err
}

// CreateChannel makes a channel with its creator and more members.
func (c *Client) CreateChannel(ctx context.Context, user, name string, private bool, members ...string) (workspace.Channel, error) {
	return c.channel(ctx, "create", ChannelRequest{User: user, Value: name, Private: private, Users: members})
}

// Join makes a person a member of a public channel.
func (c *Client) Join(ctx context.Context, user, channel string) error {
	_, err := c.channel(ctx, "join", ChannelRequest{User: user, Channel: channel})
	return err
}

// Leave takes a person out of a channel.
func (c *Client) Leave(ctx context.Context, user, channel string) error {
	_, err := c.channel(ctx, "leave", ChannelRequest{User: user, Channel: channel})
	return err
}

// Invite brings people or bots into a channel. An app's name invites its bot.
func (c *Client) Invite(ctx context.Context, user, channel string, users ...string) error {
	_, err := c.channel(ctx, "invite", ChannelRequest{User: user, Channel: channel, Users: users})
	return err
}

// Kick takes others out of a channel.
func (c *Client) Kick(ctx context.Context, user, channel string, users ...string) error {
	_, err := c.channel(ctx, "kick", ChannelRequest{User: user, Channel: channel, Users: users})
	return err
}

// RenameChannel renames a channel.
func (c *Client) RenameChannel(ctx context.Context, user, channel, name string) error {
	_, err := c.channel(ctx, "rename", ChannelRequest{User: user, Channel: channel, Value: name})
	return err
}

// SetTopic sets a channel's topic.
func (c *Client) SetTopic(ctx context.Context, user, channel, topic string) error {
	_, err := c.channel(ctx, "topic", ChannelRequest{User: user, Channel: channel, Value: topic})
	return err
}

// SetPurpose sets a channel's purpose.
func (c *Client) SetPurpose(ctx context.Context, user, channel, purpose string) error {
	_, err := c.channel(ctx, "purpose", ChannelRequest{User: user, Channel: channel, Value: purpose})
	return err
}

// Archive archives a channel.
func (c *Client) Archive(ctx context.Context, user, channel string) error {
	_, err := c.channel(ctx, "archive", ChannelRequest{User: user, Channel: channel})
	return err
}

// RestrictPosting says who may post to a channel: owners and administrators alone, or everyone.
func (c *Client) RestrictPosting(ctx context.Context, user, channel string, restricted bool) error {
	_, err := c.channel(ctx, "posting", ChannelRequest{User: user, Channel: channel, Restricted: restricted})
	return err
}

// ConvertChannel makes a channel private, or public again.
func (c *Client) ConvertChannel(ctx context.Context, user, channel string, private bool) error {
	_, err := c.channel(ctx, "convert", ChannelRequest{User: user, Channel: channel, Private: private})
	return err
}

// Unarchive opens an archived channel again.
func (c *Client) Unarchive(ctx context.Context, user, channel string) error {
	_, err := c.channel(ctx, "unarchive", ChannelRequest{User: user, Channel: channel})
	return err
}

// ChangeChannelID gives a channel another id.
func (c *Client) ChangeChannelID(ctx context.Context, user, channel string) (workspace.Channel, error) {
	return c.channel(ctx, "change-id", ChannelRequest{User: user, Channel: channel})
}

// ShareChannel shares a channel with another workspace of the emulator.
func (c *Client) ShareChannel(ctx context.Context, r ShareRequest) (workspace.Channel, error) {
	var ch workspace.Channel
	err := c.post(ctx, "/channels/share", r, &ch)
	return ch, err
}

// UnshareChannel ends that a channel is shared with another workspace.
func (c *Client) UnshareChannel(ctx context.Context, user, channel, team string) error {
	return c.post(ctx, "/channels/unshare", ShareRequest{User: user, Channel: channel, Team: team}, nil)
}

// DeleteChannel removes a channel.
func (c *Client) DeleteChannel(ctx context.Context, user, channel string) error {
	return c.post(ctx, "/channels/delete", ChannelRequest{User: user, Channel: channel}, nil)
}

// OpenDM opens the DM or group DM of a person with others and returns it. An
// app's name stands for its bot.
func (c *Client) OpenDM(ctx context.Context, user string, with ...string) (workspace.Channel, error) {
	var ch workspace.Channel
	err := c.post(ctx, "/ims/open", DirectRequest{User: user, With: with}, &ch)
	return ch, err
}

// CloseDM takes a DM out of a person's list.
func (c *Client) CloseDM(ctx context.Context, user, channel string) error {
	return c.post(ctx, "/ims/close", DirectRequest{User: user, Channel: channel}, nil)
}

// OpenHome opens an app's home or messages tab as a person.
func (c *Client) OpenHome(ctx context.Context, user, app, tab string) error {
	return c.post(ctx, "/home/open", HomeRequest{user, app, tab}, nil)
}

// UseCommand uses a slash command as a person.
func (c *Client) UseCommand(ctx context.Context, r CommandRequest) error {
	return c.post(ctx, "/commands/run", r, nil)
}

// NewUser adds a person to the workspace.
func (c *Client) NewUser(ctx context.Context, r UserRequest) (workspace.User, error) {
	var u workspace.User
	err := c.post(ctx, "/users/create", r, &u)
	return u, err
}

// ChangeProfile changes a person's profile, presence or account.
func (c *Client) ChangeProfile(ctx context.Context, r ProfileRequest) (workspace.User, error) {
	var u workspace.User
	err := c.post(ctx, "/users/profile", r, &u)
	return u, err
}

// ChangeTeam renames the workspace or moves its domain.
func (c *Client) ChangeTeam(ctx context.Context, r TeamRequest) error {
	return c.post(ctx, "/team", r, nil)
}

// SetEmoji adds a custom emoji, or removes it when value is empty.
func (c *Client) SetEmoji(ctx context.Context, name, value string) error {
	return c.post(ctx, "/emoji", EmojiRequest{Name: name, Value: value}, nil)
}

// DrawEmoji adds a custom emoji by its picture.
func (c *Client) DrawEmoji(ctx context.Context, name string, content []byte) error {
	return c.post(ctx, "/emoji", EmojiRequest{Name: name, Content: content}, nil)
}

// RenameEmoji gives a custom emoji another name.
func (c *Client) RenameEmoji(ctx context.Context, name, next string) error {
	return c.post(ctx, "/emoji", EmojiRequest{Name: name, Rename: next}, nil)
}

// SaveUserGroup adds or changes a user group.
func (c *Client) SaveUserGroup(ctx context.Context, r UserGroupRequest) (workspace.UserGroup, error) {
	var g workspace.UserGroup
	err := c.post(ctx, "/usergroups", r, &g)
	return g, err
}
