package fasthomeserver

import (
	"encoding/json"
	"maps"
	"net/http"

	"maunium.net/go/mautrix/id"
)

// roomVersion is the only one; its event ids are hashes and its room ids are not.
const roomVersion = "10"

// creation is the body of createRoom that is understood.
type creation struct {
	Visibility      string                     `json:"visibility"`
	Preset          string                     `json:"preset"`
	Name            string                     `json:"name"`
	Topic           string                     `json:"topic"`
	Alias           string                     `json:"room_alias_name"`
	Invite          []id.UserID                `json:"invite"`
	IsDirect        bool                       `json:"is_direct"`
	CreationContent map[string]any             `json:"creation_content"`
	PowerLevels     map[string]json.RawMessage `json:"power_level_content_override"`
	RoomVersion     string                     `json:"room_version"`
	InitialState    []struct {
		Type    string          `json:"type"`
		Key     string          `json:"state_key"`
		Content json.RawMessage `json:"content"`
	} `json:"initial_state"`
}

// createRoom makes the events in the order that the spec gives.
func (s *Server) createRoom(c *call) (any, error) {
	var request creation
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if request.RoomVersion != "" && request.RoomVersion != roomVersion {
		return nil, &failure{http.StatusBadRequest, "M_UNSUPPORTED_ROOM_VERSION", "Your homeserver does not support room version " + request.RoomVersion}
	}
	alias := id.NewRoomAlias(request.Alias, s.config.ServerName)
	if request.Alias != "" && s.aliases[alias] != "" {
		return nil, &failure{http.StatusBadRequest, "M_ROOM_IN_USE", "Room alias already taken"}
	}
	r := s.newRoom()
	steps := []func() error{
		func() error { return s.found(r, c.user, request) },
		func() error { return s.initial(r, c.user, request) },
	}
	for _, user := range request.Invite {
		steps = append(steps, func() error { return s.invitePerson(r, c.user, user, request.IsDirect) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			delete(s.rooms, r.id)
			return nil, err
		}
	}
	if request.Alias != "" {
		s.aliases[alias] = r.id
	}
	return map[string]any{"room_id": r.id}, nil
}

// found adds the events that every room begins with.
func (s *Server) found(r *room, creator id.UserID, request creation) error {
	content := map[string]any{"creator": creator, "room_version": roomVersion}
	maps.Copy(content, request.CreationContent)
	levels := map[string]any{
		"users": map[id.UserID]int{creator: 100}, "users_default": 0, "events_default": 0, "state_default": 50,
		"ban": 50, "kick": 50, "redact": 50, "invite": 0,
	}
	for key, value := range request.PowerLevels {
		levels[key] = value
	}
	if err := s.set(r, creator, "m.room.create", "", content); err != nil {
		return err
	}
	if _, err := s.setMember(r, creator, creator, joined, ""); err != nil {
		return err
	}
	return s.set(r, creator, "m.room.power_levels", "", levels)
}

// initial adds the preset's and the caller's state, name and topic.
func (s *Server) initial(r *room, creator id.UserID, request creation) error {
	rule := invited
	if request.Preset == "public_chat" || request.Preset == "" && request.Visibility == "public" {
		rule = "public"
	}
	state := []struct {
		kind, key string
		content   any
	}{
		{"m.room.join_rules", "", map[string]any{"join_rule": rule}},
		{"m.room.history_visibility", "", map[string]any{"history_visibility": "shared"}},
	}
	for _, s := range request.InitialState {
		state = append(state, struct {
			kind, key string
			content   any
		}{s.Type, s.Key, s.Content})
	}
	if request.Name != "" {
		state = append(state, struct {
			kind, key string
			content   any
		}{"m.room.name", "", map[string]any{"name": request.Name}})
	}
	if request.Topic != "" {
		state = append(state, struct {
			kind, key string
			content   any
		}{"m.room.topic", "", map[string]any{"topic": request.Topic}})
	}
	for _, e := range state {
		if err := s.set(r, creator, e.kind, e.key, e.content); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) set(r *room, sender id.UserID, kind, key string, content any) error {
	_, err := s.add(r, draft{kind: kind, sender: sender, content: content, key: &key})
	return err
}

// setMember changes a user's membership; their profile is part of it.
func (s *Server) setMember(r *room, by, user id.UserID, membership, reason string) (Event, error) {
	content := map[string]any{"membership": membership}
	if a := s.accounts[user]; a != nil && membership != left {
		maps.Copy(content, profileOf(a))
	}
	if reason != "" {
		content["reason"] = reason
	}
	key := user.String()
	return s.add(r, draft{kind: "m.room.member", sender: by, content: content, key: &key})
}

func (s *Server) mayInvite(r *room, by, user id.UserID) error {
	switch {
	case r.members[by] != joined:
		return forbidden("%s not in room %s.", by, r.id)
	case r.levels.of(by) < r.levels.Invite:
		return forbidden("You don't have permission to invite users")
	case r.members[user] == joined:
		return forbidden("%s is already in the room.", user)
	}
	return nil
}

func (s *Server) invitePerson(r *room, by, user id.UserID, direct bool) error {
	if err := s.mayInvite(r, by, user); err != nil {
		return err
	}
	content := map[string]any{"membership": invited}
	if a := s.accounts[user]; a != nil {
		maps.Copy(content, profileOf(a))
	}
	if direct {
		content["is_direct"] = true
	}
	key := user.String()
	_, err := s.add(r, draft{kind: "m.room.member", sender: by, content: content, key: &key})
	return err
}

// JoinRoom makes a person join a room.
func (s *Server) JoinRoom(user id.UserID, in id.RoomID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joinRoom(user, in)
}

func (s *Server) joinRoom(user id.UserID, in id.RoomID) error {
	r := s.rooms[in]
	switch {
	case r == nil:
		return notFound("Can't join remote room because no servers that are in the room have been provided.")
	case r.members[user] == joined:
		return nil
	case r.members[user] != invited && !s.open(r, user):
		return forbidden("You are not invited to this room.")
	}
	_, err := s.setMember(r, user, user, joined, "")
	return err
}

// open says whether a user may join without an invitation.
func (s *Server) open(r *room, user id.UserID) bool {
	switch r.join.Rule {
	case "public":
		return true
	case "restricted", "knock_restricted":
		for _, allowed := range r.join.Allow {
			if in := s.rooms[allowed.Room]; in != nil && in.members[user] == joined {
				return true
			}
		}
	}
	return false
}

func (s *Server) join(c *call) (any, error) {
	in := c.room()
	if alias := id.RoomAlias(in); len(in) > 0 && in[0] == '#' {
		if in = s.aliases[alias]; in == "" {
			return nil, notFound("Room alias %s not found", alias)
		}
	}
	if err := s.joinRoom(c.user, in); err != nil {
		return nil, err
	}
	return map[string]any{"room_id": in}, nil
}

// target is the body of invite and kick.
type target struct {
	User   id.UserID `json:"user_id"`
	Reason string    `json:"reason"`
}

func (s *Server) invite(c *call) (any, error) {
	var request target
	if err := c.read(&request); err != nil {
		return nil, err
	}
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	return empty, s.invitePerson(r, c.user, request.User, false)
}

func (s *Server) leave(c *call) (any, error) {
	r := s.rooms[c.room()]
	if r == nil || r.members[c.user] != joined && r.members[c.user] != invited {
		return nil, forbidden("User %s not in room %s", c.user, c.room())
	}
	_, err := s.setMember(r, c.user, c.user, left, "")
	return empty, err
}

func (s *Server) kick(c *call) (any, error) {
	var request target
	if err := c.read(&request); err != nil {
		return nil, err
	}
	r, err := s.find(c.room(), c.user)
	if err != nil {
		return nil, err
	}
	if r.members[request.User] != joined && r.members[request.User] != invited {
		return nil, forbidden("The target user is not in the room")
	}
	if err := s.mayKick(r, c.user, request.User); err != nil {
		return nil, err
	}
	_, err = s.setMember(r, c.user, request.User, left, request.Reason)
	return empty, err
}

func (s *Server) mayKick(r *room, by, user id.UserID) error {
	if r.members[by] != joined || r.levels.of(by) < orFifty(r.levels.Kick) || r.levels.of(by) <= r.levels.of(user) {
		return forbidden("You cannot kick user %s.", user)
	}
	return nil
}

// setMembership changes a membership by a state event; the other fields of its content
// stay.
func (s *Server) setMembership(in id.RoomID, d draft) (any, error) {
	r := s.rooms[in]
	if r == nil {
		return nil, forbidden("User %s not in room %s", d.sender, in)
	}
	var content map[string]any
	if err := json.Unmarshal(d.content.(json.RawMessage), &content); err != nil {
		return nil, badJSON("m.room.member: %v", err)
	}
	user, before := id.UserID(*d.key), r.members[id.UserID(*d.key)]
	var err error
	switch content["membership"] {
	case joined:
		switch {
		case user != d.sender:
			err = forbidden("Cannot force another user to join.")
		case before != joined && before != invited && !s.open(r, user):
			err = forbidden("You are not invited to this room.")
		}
	case invited:
		err = s.mayInvite(r, d.sender, user)
	case left:
		switch {
		case before != joined && before != invited:
			err = forbidden("The target user is not in the room")
		case user != d.sender:
			err = s.mayKick(r, d.sender, user)
		}
	default:
		err = invalidParam("there is no membership %v here", content["membership"])
	}
	if err != nil {
		return nil, err
	}
	e, err := s.add(r, d)
	return map[string]any{"event_id": e.ID}, err
}

func (s *Server) joinedRooms(c *call) (any, error) {
	rooms := []id.RoomID{}
	for _, r := range s.inOrder() {
		if r.members[c.user] == joined {
			rooms = append(rooms, r.id)
		}
	}
	return map[string]any{"joined_rooms": rooms}, nil
}

func (s *Server) alias(c *call) (any, error) {
	in := s.aliases[id.RoomAlias(c.PathValue("alias"))]
	if in == "" {
		return nil, notFound("Room alias %s not found", c.PathValue("alias"))
	}
	return map[string]any{"room_id": in, "servers": []string{s.config.ServerName}}, nil
}

func (s *Server) setAlias(c *call) (any, error) {
	var request struct {
		Room id.RoomID `json:"room_id"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if _, err := s.find(request.Room, c.user); err != nil {
		return nil, err
	}
	alias := id.RoomAlias(c.PathValue("alias"))
	if s.aliases[alias] != "" {
		return nil, &failure{http.StatusConflict, "M_UNKNOWN", "Room alias " + alias.String() + " already exists"}
	}
	s.aliases[alias] = request.Room
	return empty, nil
}

func (s *Server) deleteAlias(c *call) (any, error) {
	alias := id.RoomAlias(c.PathValue("alias"))
	if s.aliases[alias] == "" {
		return nil, notFound("Room alias %s not found", alias)
	}
	delete(s.aliases, alias)
	return empty, nil
}
