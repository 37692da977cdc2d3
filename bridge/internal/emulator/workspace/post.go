package workspace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/emulator/mrkdwn"
)

// maxText is where Slack cuts a message's text, in characters.
const maxText = 40_000

// Post is a message to be said.
type Post struct {
	Actor       Actor
	Channel     string
	Text        string
	Blocks      json.RawMessage
	Attachments json.RawMessage
	Metadata    *Metadata
	ThreadTS    string
	Broadcast   bool
	// Files come with the message of a person.
	Files []NewFile
	// Username and Icons give the message another face (bot_message).
	Username string
	Icons    map[string]string
	// Subtype is me_message or, for foreign bots, bot_message.
	Subtype string
	// Anywhere lets the actor post to public channels without being in them.
	Anywhere bool
	// Invoked lets an app answer where a person has called it, though its bot is
	// not there.
	Invoked bool
	// Raw keeps the text as it is and generates no rich_text block.
	Raw bool
}

// Post says a message and returns it.
func (w *Workspace) Post(p Post) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, err := w.postable(p); err != nil {
		return Message{}, err
	} else if _, err := rootFor(c, p); err != nil {
		return Message{}, err
	}
	var files []*File
	for _, n := range p.Files {
		files = append(files, w.addFile(p.Actor, n))
	}
	m, err := w.post(p, files)
	if err != nil {
		return Message{}, err
	}
	return *m.clone(), nil
}

// post says a message with files.
func (w *Workspace) post(p Post, files []*File) (*Message, error) {
	c, err := w.postable(p)
	if err != nil {
		return nil, err
	}
	root, err := rootFor(c, p)
	if err != nil {
		return nil, err
	}
	m := w.compose(c, p)
	if len(files) > 0 {
		w.attachFiles(c, m, files)
	}
	if root != nil {
		w.attach(c, m, root, p.Broadcast)
	}
	c.messages = append(c.messages, m)
	if p.Metadata != nil {
		m.Metadata = p.Metadata
	}
	w.announce(c, m)
	if root != nil {
		w.touchParent(c, root)
	}
	w.metadataEvent("message_metadata_posted", c, m, nil)
	return m, nil
}

// postable returns the conversation that a message may be said in.
func (w *Workspace) postable(p Post) (*conversation, error) {
	c, err := w.visible(p.Actor, p.Channel)
	if p.Invoked && w.channels[p.Channel] != nil {
		c, err = w.channels[p.Channel], nil
	}
	if err != nil {
		return nil, err
	}
	foreign := p.Actor.User == ""
	switch {
	case c.Archived:
		return nil, Fail("is_archived")
	case !foreign && !p.Invoked && !c.has(p.Actor.User) && !(p.Anywhere && c.Kind == Public):
		return nil, Fail("not_in_channel")
	case c.Kind == IM && p.Actor.App != "" && !w.apps[p.Actor.App].MessagesTab:
		return nil, Fail("messages_tab_disabled")
	case c.ReadOnly && p.Actor.App == "" && !foreign && !w.users[p.Actor.User].IsAdmin:
		return nil, Fail("restricted_action_read_only_channel")
	}
	return c, nil
}

// rootFor returns what a post answers, nil if it is no reply. What an app answers to a
// message that is not there goes to the channel, without a word.
func rootFor(c *conversation, p Post) (*Message, error) {
	if p.ThreadTS == "" {
		return nil, nil
	}
	root, err := threadRoot(c, p.ThreadTS)
	if err != nil && CodeOf(err) == "thread_not_found" && p.Actor.App != "" {
		return nil, nil
	}
	return root, err
}

// threadRoot returns the message that a reply belongs to. A reply's ts stands
// for its root, as in Slack's own clients. A thread goes on when its root is deleted: the
// tombstone is not locked.
func threadRoot(c *conversation, ts string) (*Message, error) {
	m := c.message(ts)
	if m == nil {
		return nil, Fail("thread_not_found")
	}
	if m.IsReply() {
		if root := c.message(m.ThreadTS); root != nil {
			return root, nil
		}
		return nil, Fail("thread_not_found")
	}
	if systemSubtypes[m.Subtype] && m.Subtype != "tombstone" {
		return nil, Fail("cannot_reply_to_message")
	}
	return m, nil
}

// systemSubtypes are messages that Slack writes itself.
var systemSubtypes = map[string]bool{
	"channel_join": true, "channel_leave": true, "channel_topic": true, "channel_purpose": true, "channel_name": true,
	"channel_archive": true, "channel_unarchive": true, "group_join": true, "group_leave": true, "group_topic": true,
	"group_purpose": true, "group_name": true, "group_archive": true, "group_unarchive": true, "tombstone": true,
}

// compose makes the message of a post, with the next timestamp.
func (w *Workspace) compose(c *conversation, p Post) *Message {
	m := &Message{
		Type: "message", Subtype: p.Subtype, User: p.Actor.User, TS: w.nextTS(c), Team: w.team.ID,
		Blocks: p.Blocks, Attachments: p.Attachments, Owner: p.Actor.App,
	}
	w.setText(m, p.Text, p.Raw)
	if p.Actor.Bot == "" && c.shared() {
		w.sign(m)
	}
	if p.Actor.Bot == "" {
		m.ClientMsgID = fmt.Sprintf("%08x-0000-4000-8000-%012x", w.nextID, c.lastTS&0xFFFFFFFFFFFF)
		w.nextID++
		return m
	}
	bot := w.bots[p.Actor.Bot]
	m.BotID, m.AppID = bot.ID, bot.AppID
	m.BotProfile = &BotProfile{bot.ID, bot.AppID, bot.Name, bot.Icons, bot.Deleted, bot.Updated, w.team.ID}
	if p.Username != "" || len(p.Icons) > 0 || p.Actor.User == "" {
		m.Subtype, m.User = "bot_message", ""
		m.Username, m.Icons = p.Username, p.Icons
		if m.Username == "" {
			m.Username = bot.Name
		}
	}
	return m
}

// setText stores a text and, where the message has no blocks of its own, the
// rich_text block that Slack makes of it.
func (w *Workspace) setText(m *Message, text string, raw bool) {
	if r := []rune(text); len(r) > maxText {
		text = string(r[:maxText])
	}
	if raw {
		m.Text = text
		return
	}
	m.Text = mrkdwn.Stored(text)
	if m.Blocks == nil {
		m.Blocks = mrkdwn.RichText(m.Text, w.emoji)
	}
}

// attach makes a message a reply of root.
func (w *Workspace) attach(c *conversation, m, root *Message, broadcast bool) {
	root.ThreadTS = root.TS
	m.ThreadTS, m.ParentUserID = root.TS, root.User
	author := m.User
	if author == "" {
		author = m.BotID
	}
	root.ReplyCount++
	root.LatestReply = m.TS
	if !slices.Contains(root.ReplyUsers, author) {
		root.ReplyUsers = append(root.ReplyUsers, author)
		root.ReplyUsersCount++
	}
	no := false
	root.IsLocked, root.Subscribed = &no, &no
	if broadcast {
		m.Broadcast = true
		if m.Subtype == "" || m.Subtype == "bot_message" {
			m.Subtype = "thread_broadcast"
		}
		m.Root = root.clone()
	}
}

// announce raises the message event of a new message.
func (w *Workspace) announce(c *conversation, m *Message) {
	w.emitMessage(c, fieldsOf(m), m.TS)
	if c.Kind == IM || systemSubtypes[m.Subtype] {
		return // neither dispatches app_mention (Slack docs: app_mention)
	}
	for _, s := range w.sidesOf(c) {
		for _, id := range s.ws.appOrder {
			if app := s.ws.apps[id]; m.Owner != id && c.has(app.BotUser) && mentions(m.Text, app.BotUser) {
				body := fieldsOf(m)
				body["channel"], body["event_ts"] = c.ID, m.TS
				s.ws.raise(Event{Type: "app_mention", Channel: c.ID, Body: body, only: []string{app.BotUser}, from: w.team.ID})
			}
		}
	}
}

// mentions says whether a text mentions a user, with a label or without.
func mentions(text, user string) bool {
	return strings.Contains(text, "<@"+user+">") || strings.Contains(text, "<@"+user+"|")
}

// emitMessage raises an event of type message in a conversation.
func (w *Workspace) emitMessage(c *conversation, body map[string]any, ts string) {
	body["channel"], body["channel_type"] = c.ID, c.Kind.ChannelType()
	body["ts"], body["event_ts"] = ts, ts
	w.emit(Event{Type: "message", Channel: c.ID, Body: body, subscription: messageEvents[c.Kind]})
}

// touchParent announces a parent's new counters, as Slack does with hidden
// message_changed events whose text has not changed.
func (w *Workspace) touchParent(c *conversation, root *Message) {
	if w.quirks.QuietParents {
		return
	}
	w.emitChanged(c, root, root.clone())
}

// emitChanged raises message_changed; before is the message as it was.
func (w *Workspace) emitChanged(c *conversation, m, before *Message) {
	body := map[string]any{"subtype": "message_changed", "hidden": true, "message": fieldsOf(m), "previous_message": fieldsOf(before)}
	w.emitMessage(c, body, w.nextTS(c))
}

// say adds a message that Slack itself writes, in a user's name.
func (w *Workspace) say(c *conversation, subtype, user, text string, extra func(*Message)) *Message {
	m := &Message{Type: "message", Subtype: subtype, User: user, Text: text, TS: w.nextTS(c)}
	if extra != nil {
		extra(m)
	}
	c.messages = append(c.messages, m)
	w.announce(c, m)
	return m
}

// metadataEvent raises a message_metadata_* event for a message that carries or
// carried metadata.
func (w *Workspace) metadataEvent(kind string, c *conversation, m *Message, before *Metadata) {
	if m.Metadata == nil && before == nil {
		return
	}
	body := map[string]any{
		"app_id": m.AppID, "bot_id": m.BotID, "user_id": m.User, "team_id": w.team.ID, "channel_id": c.ID,
		"message_ts": m.TS, "event_ts": w.wallTS(),
	}
	if m.Metadata != nil && kind != "message_metadata_deleted" {
		body["metadata"] = asMap(m.Metadata)
	}
	if before != nil {
		body["previous_metadata"] = asMap(before)
	}
	if kind == "message_metadata_deleted" {
		body["deleted_ts"] = m.TS
	}
	w.emit(Event{Type: kind, Channel: c.ID, Body: body})
}

func asMap(m *Metadata) map[string]any {
	return map[string]any{"event_type": m.EventType, "event_payload": m.EventPayload}
}
