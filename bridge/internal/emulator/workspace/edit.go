package workspace

import (
	"bytes"
	"encoding/json"
	"slices"

	"ops-jrz1/bridge/internal/emulator/mrkdwn"
)

// Edit is a change of a message. What is nil stays; an empty list or object
// clears.
type Edit struct {
	Actor       Actor
	Channel     string
	TS          string
	Text        *string
	Blocks      json.RawMessage
	Attachments json.RawMessage
	// Metadata replaces; ClearMetadata removes.
	Metadata      *Metadata
	ClearMetadata bool
	Broadcast     bool
	// Files, if not nil, are the ids of the files that the message has from now on.
	Files []string
}

// Edit changes a message of the actor's own.
func (w *Workspace) Edit(e Edit) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(e.Actor, e.Channel)
	if err != nil {
		return Message{}, err
	}
	m := c.message(e.TS)
	switch {
	case m == nil || m.Subtype == "tombstone":
		return Message{}, Fail("message_not_found")
	case c.Archived:
		return Message{}, Fail("is_inactive")
	case !mine(e.Actor, m) || systemSubtypes[m.Subtype]:
		return Message{}, Fail("cant_update_message")
	}
	files, err := w.own(e.Actor, e.Files)
	if err != nil {
		return Message{}, err
	}
	before := m.clone()
	w.change(m, e)
	if e.Files != nil {
		w.exchangeFiles(c, m, files)
	}
	if e.Broadcast && m.IsReply() && !m.Broadcast {
		w.broadcast(c, m)
	}
	m.Edited = &Edited{User: w.editor(e.Actor), TS: formatTS(w.now() * 1_000_000)}
	w.emitChanged(c, m, before)
	w.metadataEvent("message_metadata_updated", c, m, changedMetadata(before, m))
	return *m.clone(), nil
}

// Unfurl puts the previews of a message's links on it, as Slack does after a
// while: the message changes though no one edited it.
func (w *Workspace) Unfurl(channel, ts string, attachments json.RawMessage) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return Message{}, Fail("channel_not_found")
	}
	m := c.message(ts)
	if m == nil || m.Subtype == "tombstone" {
		return Message{}, Fail("message_not_found")
	}
	before := m.clone()
	m.Attachments = attachments
	w.emitChanged(c, m, before)
	return *m.clone(), nil
}

// mine says whether the actor wrote the message.
func mine(a Actor, m *Message) bool {
	if a.App != "" {
		return m.Owner == a.App
	}
	return m.BotID == "" && m.User == a.User && m.User != ""
}

func (w *Workspace) editor(a Actor) string {
	if a.User != "" {
		return a.User
	}
	return a.Bot
}

// change applies the edit: text without blocks removes the old blocks, absent
// attachments and metadata stay (Slack docs: chat.update).
func (w *Workspace) change(m *Message, e Edit) {
	switch {
	case e.Blocks != nil && !isEmptyList(e.Blocks):
		m.Blocks = e.Blocks
	case e.Blocks != nil || e.Text != nil:
		m.Blocks = nil
	}
	if e.Text != nil {
		w.setText(m, *e.Text, false)
	} else if m.Blocks == nil {
		m.Blocks = mrkdwn.RichText(m.Text, w.emoji)
	}
	if e.Attachments != nil {
		m.Attachments = e.Attachments
		if isEmptyList(e.Attachments) {
			m.Attachments = nil
		}
	}
	if e.Metadata != nil || e.ClearMetadata {
		m.Metadata = e.Metadata
	}
}

func isEmptyList(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "[]" }

func changedMetadata(before, after *Message) *Metadata {
	if before.Metadata == after.Metadata {
		return nil
	}
	return before.Metadata
}

// broadcast shows a reply in its channel after the fact.
func (w *Workspace) broadcast(c *conversation, m *Message) {
	m.Broadcast = true
	m.Subtype = "thread_broadcast"
	if root := c.message(m.ThreadTS); root != nil {
		m.Root = root.clone()
	}
}

// moderates says whether the actor may delete what others said: owners and admins
// of a workspace may, apps may not (Slack help: "Edit or delete messages"; Slack
// docs: chat.delete).
func (w *Workspace) moderates(a Actor) bool {
	user, known := w.users[a.User]
	return a.App == "" && known && user.IsAdmin
}

// Delete removes a message of the actor's own, or anyone's if the actor
// moderates the workspace. A thread's parent leaves a
// tombstone as long as there are replies.
func (w *Workspace) Delete(a Actor, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, channel)
	if err != nil {
		return err
	}
	m := c.message(ts)
	switch {
	case m == nil || m.Subtype == "tombstone":
		return Fail("message_not_found")
	case !mine(a, m) && (!w.moderates(a) || w.isElsewhere(m)):
		return Fail("cant_delete_message")
	}
	w.remove(c, m)
	return nil
}

func (w *Workspace) remove(c *conversation, m *Message) {
	before := m.clone()
	c.pins = slices.DeleteFunc(c.pins, func(p Pin) bool { return p.TS == m.TS })
	w.unshare(c, m)
	if m.ReplyCount > 0 {
		w.entomb(c, m)
		w.emitChanged(c, m, before)
		return
	}
	c.messages = slices.DeleteFunc(c.messages, func(other *Message) bool { return other == m })
	w.emitDeleted(c, m.TS, before)
	if before.Metadata != nil {
		w.metadataEvent("message_metadata_deleted", c, m, before.Metadata)
	}
	if m.IsReply() {
		w.forgetReply(c, m)
	}
}

// entomb turns a parent with replies into a tombstone.
func (w *Workspace) entomb(c *conversation, m *Message) {
	no := false
	*m = Message{
		Type: "message", Subtype: "tombstone", User: "USLACKBOT", Text: "This message was deleted.", Hidden: true, TS: m.TS,
		ThreadTS: m.ThreadTS, ReplyCount: m.ReplyCount, ReplyUsersCount: m.ReplyUsersCount, LatestReply: m.LatestReply,
		ReplyUsers: m.ReplyUsers, IsLocked: &no, Subscribed: &no,
	}
}

func (w *Workspace) emitDeleted(c *conversation, ts string, before *Message) {
	body := map[string]any{"subtype": "message_deleted", "hidden": true, "deleted_ts": ts, "previous_message": fieldsOf(before)}
	w.emitMessage(c, body, w.nextTS(c))
}

// forgetReply takes a deleted reply out of its parent's counters; a tombstone
// without replies goes too.
func (w *Workspace) forgetReply(c *conversation, reply *Message) {
	root := c.message(reply.ThreadTS)
	if root == nil {
		return
	}
	before := root.clone()
	left := c.replies(root.TS)
	root.ReplyCount, root.ReplyUsers, root.LatestReply = len(left), nil, ""
	for _, m := range left {
		author := m.User
		if author == "" {
			author = m.BotID
		}
		if !slices.Contains(root.ReplyUsers, author) {
			root.ReplyUsers = append(root.ReplyUsers, author)
		}
		root.LatestReply = m.TS
	}
	root.ReplyUsersCount = len(root.ReplyUsers)
	switch {
	case len(left) == 0 && root.Subtype == "tombstone":
		c.messages = slices.DeleteFunc(c.messages, func(m *Message) bool { return m == root })
		w.emitDeleted(c, root.TS, before)
	case !w.quirks.QuietParents:
		if len(left) == 0 {
			root.ThreadTS, root.IsLocked, root.Subscribed = "", nil, nil
		}
		w.emitChanged(c, root, before)
	case len(left) == 0:
		root.ThreadTS, root.IsLocked, root.Subscribed = "", nil, nil
	}
}
