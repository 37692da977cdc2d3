package web

import (
	"slices"
	"strconv"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

func formatSeconds(n int64) string { return strconv.FormatInt(n, 10) + ".000000" }

func (s *Server) conversationMethods() map[string]handler {
	return map[string]handler{
		"conversations.list": s.conversationsList, "users.conversations": s.usersConversations,
		"conversations.info": s.conversationsInfo, "conversations.members": s.conversationsMembers,
		"conversations.create": s.conversationsCreate, "conversations.rename": s.conversationsRename,
		"conversations.archive": s.conversationsArchive, "conversations.unarchive": s.conversationsUnarchive,
		"conversations.setTopic": s.setTopic, "conversations.setPurpose": s.setPurpose, "conversations.mark": s.mark,
	}
}

// conversation returns the conversation of the `channel` argument, if the token
// may use the method on its kind and its user may know of it.
func (s *Server) conversation(c *Call) (workspace.Channel, error) {
	ch, err := s.ws.Conversation(c.arg("channel"))
	if err != nil {
		return workspace.Channel{}, err
	}
	if err := c.needKind(ch.Kind); err != nil {
		return workspace.Channel{}, err
	}
	if !ch.Visible(c.Actor.User) {
		return workspace.Channel{}, workspace.Fail("channel_not_found")
	}
	return ch, nil
}

// inside is conversation for methods that the bot must be a member for.
func (s *Server) inside(c *Call) (workspace.Channel, error) {
	ch, err := s.conversation(c)
	if err == nil && !ch.HasMember(c.Actor.User) {
		err = workspace.Fail("not_in_channel")
	}
	return ch, err
}

// object renders a conversation for the calling bot.
func (s *Server) object(c *Call, ch workspace.Channel) Result {
	other := c.Actor.User
	for _, m := range ch.Members {
		if m != c.Actor.User {
			other = m
		}
	}
	o := Result(ch.Object(s.ws.Team().ID, other))
	if ch.Kind == workspace.IM {
		o["is_open"] = s.ws.IsOpen(ch.ID, c.Actor.User)
		if u, err := s.ws.User(other); err == nil {
			o["is_user_deleted"] = u.Deleted
		}
		return o
	}
	o["is_member"] = ch.HasMember(c.Actor.User)
	if ch.Kind == workspace.MPIM {
		o["is_open"] = s.ws.IsOpen(ch.ID, c.Actor.User)
	}
	return o
}

// kinds reads the `types` argument and refuses those that the token lacks the
// scope for.
func (c *Call) kinds() ([]workspace.Kind, error) {
	names := c.list("types")
	if len(names) == 0 {
		names = []string{string(workspace.Public)}
	}
	var out []workspace.Kind
	for _, name := range names {
		kind := workspace.Kind(name)
		if !slices.Contains([]workspace.Kind{workspace.Public, workspace.Private, workspace.MPIM, workspace.IM}, kind) {
			return nil, workspace.Fail("invalid_types")
		}
		if err := c.needKind(kind); err != nil {
			return nil, err
		}
		out = append(out, kind)
	}
	return out, nil
}

func (s *Server) conversationsList(c *Call) (Result, error) {
	return s.listing(c, func(ch workspace.Channel) bool { return ch.Visible(c.Actor.User) })
}

// usersConversations lists what a user is in: the bot's own, or another's as far
// as the bot may see it.
func (s *Server) usersConversations(c *Call) (Result, error) {
	user := c.arg("user")
	if user == "" {
		user = c.Actor.User
	}
	if _, err := s.ws.Seen(c.Actor, user); err != nil {
		return nil, workspace.Fail("invalid_arguments", "[ERROR] user_not_found [json-pointer:/user]")
	}
	return s.listing(c, func(ch workspace.Channel) bool { return ch.HasMember(user) && ch.Visible(c.Actor.User) })
}

func (s *Server) listing(c *Call, keep func(workspace.Channel) bool) (Result, error) {
	kinds, err := c.kinds()
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(100, 1000)
	if err != nil {
		return nil, err
	}
	var all []workspace.Channel
	for _, ch := range s.ws.Conversations() {
		if slices.Contains(kinds, ch.Kind) && keep(ch) && (!ch.Archived || !c.flag("exclude_archived")) {
			all = append(all, ch)
		}
	}
	p, err := paginate(s, c, "team", all, limit, unordered, func(ch workspace.Channel) string { return ch.ID })
	if err != nil {
		return nil, err
	}
	list := make([]Result, len(p.items))
	for i, ch := range p.items {
		list[i] = s.object(c, ch)
		if c.Method.Name == "conversations.list" && ch.Kind != workspace.IM {
			list[i]["num_members"] = len(ch.Members)
		}
		if c.Method.Name == "users.conversations" {
			delete(list[i], "is_member")
		}
	}
	return Result{"channels": list, "response_metadata": p.metadata()}, nil
}

func (s *Server) conversationsInfo(c *Call) (Result, error) {
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	o := s.object(c, ch)
	if c.flag("include_num_members") {
		o["num_members"] = len(ch.Members)
	}
	if c.flag("include_locale") {
		o["locale"] = "en-US"
	}
	s.addTeams(o, ch)
	return Result{"channel": o}, nil
}

// addTeams tells of the workspaces that share a channel. Lists do not (Slack docs: Understanding
// Slack Connect).
func (s *Server) addTeams(o Result, ch workspace.Channel) {
	if len(ch.Teams) == 0 {
		return
	}
	own := s.ws.Team().ID
	o["conversation_host_id"], o["internal_team_ids"] = ch.Teams[0], []string{own}
	o["connected_team_ids"] = slices.DeleteFunc(slices.Clone(ch.Teams), func(team string) bool { return team == own })
}

func (s *Server) conversationsMembers(c *Call) (Result, error) {
	ch, err := s.conversation(c)
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(100, 1000)
	if err != nil {
		return nil, err
	}
	p, err := paginate(s, c, "user_id", ch.Members, limit, unordered, func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	if p.items == nil {
		p.items = []string{}
	}
	return Result{"members": p.items, "response_metadata": p.metadata()}, nil
}

func (s *Server) conversationsCreate(c *Call) (Result, error) {
	private := c.flag("is_private")
	kind := workspace.Public
	if private {
		kind = workspace.Private
	}
	if err := c.needKind(kind); err != nil {
		return nil, err
	}
	ch, err := s.ws.Create(c.Actor, c.arg("name"), private)
	if err != nil {
		return nil, err
	}
	return Result{"channel": s.object(c, ch)}, nil
}

// changed answers with a conversation that a method changed.
func (s *Server) changed(c *Call, ch workspace.Channel, err error) (Result, error) {
	if err != nil {
		return nil, err
	}
	return Result{"channel": s.object(c, ch)}, nil
}

func (s *Server) conversationsRename(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	ch, err := s.ws.Rename(c.Actor, c.arg("channel"), c.arg("name"))
	return s.changed(c, ch, err)
}

func (s *Server) setTopic(c *Call) (Result, error) {
	if _, err := s.inside(c); err != nil {
		return nil, err
	}
	ch, err := s.ws.SetTopic(c.Actor, c.arg("channel"), c.arg("topic"))
	return s.changed(c, ch, err)
}

func (s *Server) setPurpose(c *Call) (Result, error) {
	if _, err := s.inside(c); err != nil {
		return nil, err
	}
	ch, err := s.ws.SetPurpose(c.Actor, c.arg("channel"), c.arg("purpose"))
	return s.changed(c, ch, err)
}

func (s *Server) conversationsArchive(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	return Result{}, s.ws.Archive(c.Actor, c.arg("channel"))
}

func (s *Server) conversationsUnarchive(c *Call) (Result, error) {
	if _, err := s.conversation(c); err != nil {
		return nil, err
	}
	return Result{}, s.ws.Unarchive(c.Actor, c.arg("channel"))
}

// mark moves the bot's own read marker, which nothing shows.
func (s *Server) mark(c *Call) (Result, error) {
	if _, err := s.inside(c); err != nil {
		return nil, err
	}
	if _, ok := timestamp(c.arg("ts")); !ok {
		return nil, workspace.Fail("invalid_timestamp")
	}
	return Result{}, nil
}
