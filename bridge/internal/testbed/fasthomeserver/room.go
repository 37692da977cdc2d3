package fasthomeserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/id"
)

// Event is an event as clients and appservices see it.
type Event struct {
	Type      string          `json:"type"`
	Room      id.RoomID       `json:"room_id"`
	Sender    id.UserID       `json:"sender"`
	ID        id.EventID      `json:"event_id"`
	Timestamp int64           `json:"origin_server_ts"`
	Content   json.RawMessage `json:"content"`
	StateKey  *string         `json:"state_key,omitempty"`
	Redacts   id.EventID      `json:"redacts,omitempty"`
	Unsigned  map[string]any  `json:"unsigned,omitempty"`
}

const (
	joined  = "join"
	invited = "invite"
	left    = "leave"
)

type stateKey struct{ kind, key string }

// room is a room and everything that was said in it.
type room struct {
	id      id.RoomID
	number  int64
	events  []Event
	byID    map[id.EventID]int
	state   map[stateKey]int // the event's index in events
	members map[id.UserID]string
	levels  powerLevels
	join    struct {
		Rule  string `json:"join_rule"`
		Allow []struct {
			Type string    `json:"type"`
			Room id.RoomID `json:"room_id"`
		} `json:"allow"`
	}
	bridged bool // a user of the appservice is or was in it
}

func (r *room) stateOf(kind, key string) (Event, bool) {
	at, ok := r.state[stateKey{kind, key}]
	if !ok {
		return Event{}, false
	}
	return r.events[at], true
}

func (r *room) name() string {
	e, ok := r.stateOf("m.room.name", "")
	if !ok {
		return ""
	}
	var content struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(e.Content, &content) != nil {
		return ""
	}
	return content.Name
}

// powerLevels is the content of m.room.power_levels, with the spec's defaults.
type powerLevels struct {
	Users         map[id.UserID]int `json:"users"`
	UsersDefault  int               `json:"users_default"`
	Events        map[string]int    `json:"events"`
	EventsDefault int               `json:"events_default"`
	StateDefault  *int              `json:"state_default"`
	Invite        int               `json:"invite"`
	Kick          *int              `json:"kick"`
	Redact        *int              `json:"redact"`
}

func (p powerLevels) of(user id.UserID) int {
	if level, ok := p.Users[user]; ok {
		return level
	}
	return p.UsersDefault
}

func (p powerLevels) needed(kind string, state bool) int {
	level, ok := p.Events[kind]
	switch {
	case ok:
		return level
	case state:
		return orFifty(p.StateDefault)
	default:
		return p.EventsDefault
	}
}

func orFifty(level *int) int {
	if level == nil {
		return 50
	}
	return *level
}

// find returns a room that the user is in; the lock is held.
func (s *Server) find(in id.RoomID, user id.UserID) (*room, error) {
	r := s.rooms[in]
	if r == nil || r.members[user] != joined {
		return nil, forbidden("User %s not in room %s", user, in)
	}
	return r, nil
}

// draft is an event that is not in the room yet.
type draft struct {
	kind    string
	sender  id.UserID
	content any
	key     *string
	redacts id.EventID
	// at is when it happened; 0 is now.
	at int64
}

// may says whether the sender's power level is enough.
func (r *room) may(d draft) error {
	if r.members[d.sender] != joined {
		return forbidden("User %s not in room %s", d.sender, r.id)
	}
	if have, want := r.levels.of(d.sender), r.levels.needed(d.kind, d.key != nil); have < want {
		return forbidden("You don't have permission to post that to the room. user_level (%d) < send_level (%d)", have, want)
	}
	return nil
}

// add appends an event to a room and passes it to the appservice and the watchers.
// The caller has checked that it is allowed, and holds the lock.
func (s *Server) add(r *room, d draft) (Event, error) {
	content, err := json.Marshal(d.content)
	if err != nil {
		return Event{}, badJSON("the content cannot be written: %v", err)
	}
	e := Event{
		Type: d.kind, Room: r.id, Sender: d.sender, ID: s.newEventID(), Timestamp: d.at,
		Content: content, StateKey: d.key, Redacts: d.redacts,
	}
	if e.Timestamp == 0 {
		e.Timestamp = now()
	}
	r.byID[e.ID] = len(r.events)
	if d.key != nil {
		at := stateKey{d.kind, *d.key}
		if before, ok := r.stateOf(d.kind, *d.key); ok {
			e.Unsigned = map[string]any{"prev_content": before.Content, "replaces_state": before.ID}
		}
		r.state[at] = len(r.events)
	}
	r.events = append(r.events, e)
	if err := s.apply(r, e); err != nil {
		return Event{}, err
	}
	if s.bridge.owns(e.Sender) || e.StateKey != nil && s.bridge.owns(id.UserID(*e.StateKey)) {
		r.bridged = true
	}
	if r.bridged {
		s.bridge.add(e)
	}
	for _, watch := range s.watchers {
		watch(e)
	}
	return e, nil
}

// apply applies what a state event changes.
func (s *Server) apply(r *room, e Event) error {
	if e.StateKey == nil {
		return nil
	}
	var into any
	switch e.Type {
	case "m.room.member":
		var member struct {
			Membership string `json:"membership"`
		}
		if err := json.Unmarshal(e.Content, &member); err != nil {
			return badJSON("m.room.member: %v", err)
		}
		r.members[id.UserID(*e.StateKey)] = member.Membership
		return nil
	case "m.room.power_levels":
		r.levels = powerLevels{}
		into = &r.levels
	case "m.room.join_rules":
		r.join.Allow = nil
		into = &r.join
	default:
		return nil
	}
	if err := json.Unmarshal(e.Content, into); err != nil {
		return badJSON("%s: %v", e.Type, err)
	}
	return nil
}

// newEventID has the form of room version 4 and later.
func (s *Server) newEventID() id.EventID {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(s.newID()))
	hash := sha256.Sum256(number[:])
	return id.EventID("$" + base64.RawURLEncoding.EncodeToString(hash[:]))
}

func (s *Server) newRoom() *room {
	number := s.newID()
	r := &room{
		id: id.RoomID(fmt.Sprintf("!room%d:%s", number, s.config.ServerName)), number: number, byID: map[id.EventID]int{},
		state: map[stateKey]int{}, members: map[id.UserID]string{},
	}
	r.join.Rule = invited
	s.rooms[r.id] = r
	return r
}
