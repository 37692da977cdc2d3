package web

import (
	"strings"
	"unicode/utf8"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxUpdate is the longest text that chat.update and chat.meMessage take, in
// characters.
const maxUpdate = 4000

func (s *Server) chatMethods() map[string]handler {
	return map[string]handler{
		"chat.postMessage": s.postMessage, "chat.update": s.update, "chat.delete": s.deleteMessage, "chat.getPermalink": s.getPermalink,
		"chat.postEphemeral": s.postEphemeral, "chat.meMessage": s.meMessage,
	}
}

// target returns the conversation that a message is for: an id, a public
// channel's name, or a user whose DM is meant.
func (s *Server) target(c *Call) (workspace.Channel, error) {
	ref := c.arg("channel")
	if strings.HasPrefix(ref, "U") || strings.HasPrefix(ref, "W") {
		ch, _, _, err := s.ws.OpenDirect(c.Actor, []string{ref})
		if err != nil {
			return workspace.Channel{}, workspace.Fail("channel_not_found")
		}
		return ch, nil
	}
	ch, err := s.ws.FindConversation(ref)
	if err != nil || !ch.Visible(c.Actor.User) {
		return workspace.Channel{}, workspace.Fail("channel_not_found")
	}
	return ch, nil
}

// postMessage says a message (Slack docs: chat.postMessage).
func (s *Server) postMessage(c *Call) (Result, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	p, err := s.compose(c, ch.ID)
	if err != nil {
		return nil, err
	}
	p.Anywhere = c.need("chat:write.public") == nil
	if utf8.RuneCountInString(p.Text) > 40_000 {
		c.Warnings = append(c.Warnings, "message_truncated")
	}
	m, err := s.ws.Post(p)
	if err != nil {
		return nil, err
	}
	return Result{"channel": ch.ID, "ts": m.TS, "message": m}, nil
}

// compose reads the arguments that make a message.
func (s *Server) compose(c *Call, channel string) (workspace.Post, error) {
	p := workspace.Post{Actor: c.Actor, Channel: channel, Broadcast: c.flag("reply_broadcast")}
	if err := c.content(&p); err != nil {
		return p, err
	}
	if err := s.face(c, &p); err != nil {
		return p, err
	}
	if v := c.arg("thread_ts"); v != "" {
		ts, ok := timestamp(v)
		if !ok {
			return p, workspace.Fail("cannot_reply_to_message")
		}
		p.ThreadTS = ts
	}
	return p, nil
}

// face reads username and icon_*, which need their own scope.
func (s *Server) face(c *Call, p *workspace.Post) error {
	if c.arg("username") == "" && c.arg("icon_url") == "" && c.arg("icon_emoji") == "" {
		return nil
	}
	if err := c.need("chat:write.customize"); err != nil {
		if s.Switches().SilentCustomize {
			return nil
		}
		return err
	}
	p.Username = c.arg("username")
	switch {
	case c.arg("icon_emoji") != "":
		p.Icons = map[string]string{"emoji": ":" + strings.Trim(c.arg("icon_emoji"), ":") + ":"}
	case c.arg("icon_url") != "":
		u := c.arg("icon_url")
		p.Icons = map[string]string{"image_36": u, "image_48": u, "image_64": u, "image_72": u}
	}
	return nil
}

// update changes a message of the app's own.
func (s *Server) update(c *Call) (Result, error) {
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	e, err := c.edit(ch.ID)
	if err != nil {
		return nil, err
	}
	m, err := s.ws.Edit(e)
	if err != nil {
		return nil, err
	}
	return Result{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": m}, nil
}

func (s *Server) deleteMessage(c *Call) (Result, error) {
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	ts, ok := timestamp(c.arg("ts"))
	if !ok {
		return nil, workspace.Fail("message_not_found")
	}
	if err := s.ws.Delete(c.Actor, ch.ID, ts); err != nil {
		return nil, err
	}
	return Result{"channel": ch.ID, "ts": ts}, nil
}

// permalink is a message's address (Slack docs: chat.getPermalink). That of a
// thread's root names the thread too (measured on slack.com:
// brekkylab/backlot#196).
func (s *Server) permalink(channel string, m workspace.Message) string {
	link := s.ws.Team().URL + "archives/" + channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + channel
	}
	return link
}

func (s *Server) getPermalink(c *Call) (Result, error) {
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	m, err := s.ws.Message(ch.ID, c.arg("message_ts"))
	if err != nil {
		return nil, err
	}
	return Result{"channel": ch.ID, "permalink": s.permalink(ch.ID, m)}, nil
}

// postEphemeral shows a text to one user; it is no message of the conversation.
func (s *Server) postEphemeral(c *Call) (Result, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	p, err := s.compose(c, ch.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case ch.Archived:
		return nil, workspace.Fail("is_archived")
	case !ch.HasMember(c.Actor.User) && c.need("chat:write.public") != nil:
		return nil, workspace.Fail("not_in_channel")
	case !ch.HasMember(c.arg("user")):
		return nil, workspace.Fail("user_not_in_channel")
	}
	shown, err := s.ws.Show(c.arg("user"), p)
	if err != nil {
		return nil, err
	}
	return Result{"message_ts": shown.Message.TS}, nil
}

func (s *Server) meMessage(c *Call) (Result, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(c.arg("text")) == "":
		return nil, workspace.Fail("no_text")
	case utf8.RuneCountInString(c.arg("text")) > maxUpdate:
		return nil, workspace.Fail("msg_too_long")
	}
	m, err := s.ws.Post(workspace.Post{Actor: c.Actor, Channel: ch.ID, Text: c.arg("text"), Subtype: "me_message"})
	if err != nil {
		return nil, err
	}
	return Result{"channel": ch.ID, "ts": m.TS}, nil
}
