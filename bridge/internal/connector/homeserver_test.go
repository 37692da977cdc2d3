package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/status"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// sent is one event that the bridge sent to a room.
type sent struct {
	room    id.RoomID
	sender  id.UserID
	kind    event.Type
	key     string // the state key of a state event
	content *event.Content
	id      id.EventID
}

// joined is a user who joined a room.
type joined struct {
	room id.RoomID
	user id.UserID
}

// join has a user join a room.
func (h *homeserver) join(who joined) error {
	h.mu.Lock()
	joining := h.joining
	h.mu.Unlock()
	if joining != nil {
		if err := joining(who); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.joined, who) {
		h.joined = append(h.joined, who)
	}
	return nil
}

func (h *homeserver) leave(who joined) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.joined = slices.DeleteFunc(h.joined, func(there joined) bool { return there == who })
}

// members are who is in a room, in the order of joining.
func (h *homeserver) members(room id.RoomID) (members []id.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, who := range h.joined {
		if who.room == room {
			members = append(members, who.user)
		}
	}
	return members
}

// body is the text of a message, the new one where it is an edit.
func (s sent) body() string {
	message, ok := s.content.Parsed.(*event.MessageEventContent)
	switch {
	case !ok:
		return ""
	case message.NewContent != nil:
		return message.NewContent.Body
	}
	return message.Body
}

// homeserver replaces the framework's Matrix connector and the homeserver behind it.
// Methods that no test needs are those of a nil interface.
type homeserver struct {
	bridgev2.MatrixConnector

	mu       sync.Mutex
	requests int
	events   []sent
	// statuses are how events of people's ended, in order.
	statuses []eventStatus
	// received are the events that people sent.
	received []sent
	// pins are the lists of pins.
	pins  map[id.RoomID][]id.EventID
	byTxn map[string]id.EventID
	rooms int
	// joined are who joined a room, in order; once each.
	joined []joined
	// joining is called before a user joins; its error is the answer.
	joining func(joined) error
	// names are what people call themselves, where it is not their localpart.
	names map[id.UserID]string
	// pictures are their avatars.
	pictures map[id.UserID]id.ContentURIString
	// aliases are those that people gave to rooms, resolved those that were asked for.
	aliases  map[id.RoomAlias]id.RoomID
	resolved []id.RoomAlias
	// lookUp is the answer to those who ask for an alias, if it is not nil.
	lookUp error
	// uploads are the media that were uploaded; uploading is asked before the n-th is.
	uploads       []string
	refuseUploads bool
	uploading     func(n int) error
	// banned are who is banned from every room.
	banned []id.UserID
	// levelsFail is the answer to those who ask for power levels, if it is not nil.
	levelsFail error
	// profiles are what the bridge's users show; profilesFail is the answer to those who change
	// them, if it is not nil.
	profiles     map[id.UserID]profile
	profilesFail error
	// replacesProfiles says that it takes whole profiles (MSC4437).
	replacesProfiles bool
	// leaving is called before the bridge's users leave a room; its error is the answer.
	leaving func(id.RoomID) error
	// gone are rooms that were deleted.
	gone map[id.RoomID]bool
	// refuse is asked before anything is taken; its error is the answer.
	refuse func(sent) error
	// keepsOut says whom the transport does not let the bridge invite.
	keepsOut func(context.Context, id.RoomID, id.UserID) (bool, error)
	// creating is called before a room is made; its error is the answer.
	creating func(*mautrix.ReqCreateRoom) error
}

func newHomeserver() *homeserver {
	return &homeserver{byTxn: map[string]id.EventID{}}
}

// take stores an event once for each transaction id, as a homeserver does.
func (h *homeserver) take(ctx context.Context, s sent) (*mautrix.RespSendEvent, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests++
	s.id = id.EventID(fmt.Sprintf("$e%d", h.requests))
	txn := ""
	if plan, ok := ctx.Value(sendPlanKey{}).(*sendPlan); ok && s.kind.Class == event.MessageEventType {
		txn = plan.nextTxnID(string(s.id), s.room.String()) // as the transport does, before the request
	}
	if h.refuse != nil {
		if err := h.refuse(s); err != nil {
			return nil, err
		}
	}
	if h.gone[s.room] {
		return nil, refused(http.StatusForbidden, "M_FORBIDDEN", "not in room")
	}
	if err := h.refusesRelation(s); err != nil {
		return nil, err
	}
	if levels := h.levels(s.room); s.kind.Class == event.MessageEventType && levels.GetUserLevel(s.sender) < levels.EventsDefault {
		return nil, refused(http.StatusForbidden, "M_FORBIDDEN", "not enough power")
	}
	h.setPins(s.room, s.content)
	if txn != "" {
		if known, repeated := h.byTxn[txn]; repeated {
			return &mautrix.RespSendEvent{EventID: known}, nil
		}
		h.byTxn[txn] = s.id
	}
	h.events = append(h.events, s)
	return &mautrix.RespSendEvent{EventID: s.id}, nil
}

// forget makes it forget all transaction ids, like Synapse after a restart.
func (h *homeserver) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.byTxn)
}

// refusesRelation is Synapse's check of relations (synapse/handlers/message.py,
// _validate_event_relation): the related event must be known, and an event that has a
// relation itself cannot begin a thread.
func (h *homeserver) refusesRelation(s sent) error {
	content, ok := s.content.Parsed.(*event.MessageEventContent)
	if !ok || content.RelatesTo == nil || content.RelatesTo.Type == "" {
		return nil
	}
	parent := h.find(content.RelatesTo.EventID)
	switch {
	case parent == nil || parent.room != s.room:
		return refused(http.StatusBadRequest, "M_UNKNOWN", "Can't send relation to unknown event")
	case content.RelatesTo.Type == event.RelThread && relationOf(*parent) != "":
		return refused(http.StatusBadRequest, "M_UNKNOWN", "Cannot start threads from an event with a relation")
	}
	return nil
}

// Has implements History.
func (h *homeserver) Has(_ context.Context, room id.RoomID, event id.EventID) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.find(event)
	return found != nil && found.room == room, nil
}

// Gone implements History.
func (h *homeserver) Gone(_ context.Context, room id.RoomID) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gone[room], nil
}

// Recent implements History.
func (h *homeserver) Recent(_ context.Context, room id.RoomID, _ time.Time) (newest []*event.Event, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range slices.Backward(h.events) {
		if s.room == room {
			newest = append(newest, eventOf(s))
		}
	}
	return newest, nil
}

// keep stores an event that a user sent.
func (h *homeserver) keep(evt *event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.setPins(evt.RoomID, &evt.Content)
	h.received = append(h.received, sent{room: evt.RoomID, sender: evt.Sender, kind: evt.Type, content: &evt.Content, id: evt.ID})
}

// find returns an event of any room, or nil.
func (h *homeserver) find(event id.EventID) *sent {
	for _, s := range append(slices.Clone(h.events), h.received...) {
		if s.id == event {
			return &s
		}
	}
	return nil
}

// relationOf is how an event is related to another, "" if it is not or was redacted.
func relationOf(s sent) event.RelationType {
	content, ok := s.content.Parsed.(*event.MessageEventContent)
	if !ok || content.RelatesTo == nil {
		return ""
	}
	return content.RelatesTo.Type
}

// refused is a homeserver's answer with an error.
func refused(status int, code, why string) error {
	return mautrix.HTTPError{
		Response: &http.Response{StatusCode: status}, RespError: &mautrix.RespError{ErrCode: code, Err: why},
	}
}

// of returns what was sent of one type, in order.
func (h *homeserver) of(kind event.Type) []sent {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sentSoFar(kind)
}

// sentSoFar is of for a caller that holds the lock.
func (h *homeserver) sentSoFar(kind event.Type) []sent {
	var found []sent
	for _, s := range h.events {
		if s.kind.Type == kind.Type {
			found = append(found, s)
		}
	}
	return found
}

// bodies are the texts of all messages, in order.
func (h *homeserver) bodies() []string {
	var texts []string
	for _, s := range h.of(event.EventMessage) {
		texts = append(texts, s.body())
	}
	return texts
}

// said are the notices with which the bridge answered messages.
func (h *homeserver) said() (notices []string) {
	for _, s := range h.of(event.EventMessage) {
		if content := s.content.Parsed.(*event.MessageEventContent); content.MsgType == event.MsgNotice && content.RelatesTo.GetReplyTo() != "" {
			notices = append(notices, content.Body)
		}
	}
	return notices
}

func (*homeserver) Init(*bridgev2.Bridge)       {}
func (*homeserver) Start(context.Context) error { return nil }
func (*homeserver) PreStop()                    {}
func (*homeserver) Stop()                       {}
func (*homeserver) ServerName() string          { return "test" }
func (*homeserver) GetPublicAddress() string    { return "" }
func (*homeserver) GetRouter() *http.ServeMux   { return nil }
func (h *homeserver) GetCapabilities() *bridgev2.MatrixCapabilities {
	return &bridgev2.MatrixCapabilities{ReplaceEntireProfile: h.replacesProfiles}
}

func (*homeserver) ParseGhostMXID(user id.UserID) (networkid.UserID, bool) {
	ghost, isGhost := strings.CutPrefix(user.String(), "@slack_")
	return networkid.UserID(strings.TrimSuffix(ghost, ":test")), isGhost
}

func (*homeserver) FormatGhostMXID(ghost networkid.UserID) id.UserID {
	return id.UserID("@slack_" + string(ghost) + ":test")
}

func (h *homeserver) GhostIntent(ghost networkid.UserID) bridgev2.MatrixAPI {
	return &intent{home: h, user: h.FormatGhostMXID(ghost)}
}

func (h *homeserver) BotIntent() bridgev2.MatrixAPI { return &intent{home: h, user: "@slackbot:test"} }

func (*homeserver) NewUserIntent(context.Context, id.UserID, string) (bridgev2.MatrixAPI, string, error) {
	return nil, "", errors.New("there are no double puppets here")
}

func (*homeserver) SendBridgeStatus(context.Context, *status.BridgeState) error { return nil }

// SendMessageStatus notes how people's events ended.
func (h *homeserver) SendMessageStatus(_ context.Context, status *bridgev2.MessageStatus, of *bridgev2.MessageStatusEventInfo) {
	if status.DisableMSS {
		return // it is for checkpoints alone
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.statuses = append(h.statuses, eventStatus{of.SourceEventID, status.Status})
}

// eventStatus is how an event of a person's ended, as clients show it.
type eventStatus struct {
	event  id.EventID
	status event.MessageStatus
}

// failed are the events that are marked as failed, in the order of their first status: a
// later status replaces an earlier one. The framework's Matrix connector sends each status in
// a goroutine of its own, so of two different ones either may be the last.
func (h *homeserver) failed() (events []id.EventID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	other := map[id.EventID]bool{}
	for _, s := range h.statuses {
		if s.status != event.MessageStatusFail {
			other[s.event] = true
		} else if !slices.Contains(events, s.event) {
			events = append(events, s.event)
		}
	}
	return slices.DeleteFunc(events, func(evt id.EventID) bool { return other[evt] })
}

// GetPowerLevels returns the levels that were last set, at first the bot's alone.
func (h *homeserver) GetPowerLevels(_ context.Context, room id.RoomID) (*event.PowerLevelsEventContent, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.levels(room), h.levelsFail
}

func (h *homeserver) levels(room id.RoomID) *event.PowerLevelsEventContent {
	for _, s := range slices.Backward(h.events) {
		if s.room == room && s.kind.Type == event.StatePowerLevels.Type {
			return s.content.Parsed.(*event.PowerLevelsEventContent)
		}
	}
	return &event.PowerLevelsEventContent{Users: map[id.UserID]int{"@slackbot:test": 100, owner: ownerLevel}}
}

// GetMembers returns those who joined and those who have a name; the name "-" marks a
// person who has left.
func (h *homeserver) GetMembers(ctx context.Context, room id.RoomID) (map[id.UserID]*event.MemberEventContent, error) {
	all := map[id.UserID]*event.MemberEventContent{}
	for _, user := range append(h.members(room), slices.Collect(maps.Keys(h.names))...) {
		all[user], _ = h.GetMemberInfo(ctx, room, user)
		if all[user].Displayname == "-" {
			all[user].Membership = event.MembershipLeave
		}
	}
	for _, user := range h.banned {
		all[user] = &event.MemberEventContent{Membership: event.MembershipBan}
	}
	return all, nil
}

// ResolveAlias finds a room by an alias that people gave it.
func (h *homeserver) ResolveAlias(_ context.Context, alias id.RoomAlias) (*mautrix.RespAliasResolve, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.resolved = append(h.resolved, alias)
	if h.lookUp != nil {
		return nil, h.lookUp
	}
	room, known := h.aliases[alias]
	if !known {
		return nil, refused(http.StatusNotFound, "M_NOT_FOUND", "no such alias")
	}
	return &mautrix.RespAliasResolve{RoomID: room}, nil
}

// GetMemberInfo has every person in every room, and a ghost where it has joined or said
// something.
func (h *homeserver) GetMemberInfo(_ context.Context, room id.RoomID, user id.UserID) (*event.MemberEventContent, error) {
	name, chosen := h.names[user]
	if !chosen {
		name = localpart(user)
	}
	membership := event.MembershipJoin
	if _, isGhost := h.ParseGhostMXID(user); isGhost && !slices.Contains(h.members(room), user) && !h.hasSaid(room, user) {
		membership = event.MembershipLeave
	}
	return &event.MemberEventContent{Membership: membership, Displayname: name, AvatarURL: h.pictures[user]}, nil
}

func (h *homeserver) hasSaid(room id.RoomID, user id.UserID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.events, func(s sent) bool { return s.room == room && s.sender == user })
}

func (*homeserver) GenerateDeterministicRoomID(networkid.PortalKey) id.RoomID { return "" }

// intent acts as one user of the homeserver.
type intent struct {
	bridgev2.MatrixAPI
	home *homeserver
	user id.UserID
}

// UploadMedia notes each upload, unless refuseUploads says not to.
func (i *intent) UploadMedia(_ context.Context, _ id.RoomID, data []byte, _, _ string) (id.ContentURIString, *event.EncryptedFileInfo, error) {
	i.home.mu.Lock()
	defer i.home.mu.Unlock()
	if i.home.refuseUploads {
		return "", nil, refused(http.StatusForbidden, "M_FORBIDDEN", "no")
	}
	if i.home.uploading != nil {
		if err := i.home.uploading(len(i.home.uploads) + 1); err != nil {
			return "", nil, err
		}
	}
	i.home.uploads = append(i.home.uploads, string(data))
	return id.ContentURIString(fmt.Sprintf("mxc://test/%d", len(i.home.uploads))), nil, nil
}

func (i *intent) GetMXID() id.UserID   { return i.user }
func (i *intent) IsDoublePuppet() bool { return false }

func (i *intent) SendMessage(ctx context.Context, room id.RoomID, kind event.Type, content *event.Content, _ *bridgev2.MatrixSendExtra) (*mautrix.RespSendEvent, error) {
	kind.Class = event.MessageEventType
	return i.home.take(ctx, sent{room: room, sender: i.user, kind: kind, content: content})
}

func (i *intent) GetEvent(_ context.Context, room id.RoomID, event id.EventID) (*event.Event, error) {
	i.home.mu.Lock()
	defer i.home.mu.Unlock()
	found := i.home.find(event)
	if found == nil || found.room != room {
		return nil, refused(http.StatusNotFound, "M_NOT_FOUND", "no such event")
	}
	return eventOf(*found), nil
}

func eventOf(s sent) *event.Event {
	return &event.Event{ID: s.id, RoomID: s.room, Sender: s.sender, Type: s.kind, Content: *s.content}
}

func (i *intent) SendState(ctx context.Context, room id.RoomID, kind event.Type, key string, content *event.Content, _ time.Time) (*mautrix.RespSendEvent, error) {
	kind.Class = event.StateEventType
	if member, ok := content.Parsed.(*event.MemberEventContent); ok && member.Membership == event.MembershipLeave {
		i.home.leave(joined{room, id.UserID(key)})
	}
	return i.home.take(ctx, sent{room: room, sender: i.user, kind: kind, key: key, content: content})
}

func (i *intent) CreateRoom(_ context.Context, req *mautrix.ReqCreateRoom) (id.RoomID, error) {
	if i.home.creating != nil {
		if err := i.home.creating(req); err != nil {
			return "", err
		}
	}
	i.home.mu.Lock()
	defer i.home.mu.Unlock()
	i.home.rooms++
	return id.RoomID(fmt.Sprintf("!r%d:test", i.home.rooms)), nil
}

// DeleteRoom has the bridge's users leave a room, and the others too unless only they are to.
func (i *intent) DeleteRoom(_ context.Context, room id.RoomID, puppetsOnly bool) error {
	i.home.mu.Lock()
	leaving := i.home.leaving
	i.home.mu.Unlock()
	if leaving != nil {
		if err := leaving(room); err != nil {
			return err
		}
	}
	for _, user := range i.home.members(room) {
		if _, isGhost := i.home.ParseGhostMXID(user); isGhost || user == i.user || !puppetsOnly {
			i.home.leave(joined{room, user})
		}
	}
	return nil
}

func (i *intent) EnsureInvited(ctx context.Context, room id.RoomID, guest id.UserID) error {
	if i.home.keepsOut != nil {
		if out, err := i.home.keepsOut(ctx, room, guest); out || err != nil {
			return err
		}
	}
	_, err := i.home.take(ctx, sent{
		room: room, sender: i.user, kind: event.StateMember, key: guest.String(),
		content: &event.Content{Parsed: &event.MemberEventContent{Membership: event.MembershipInvite}},
	})
	return err
}

func (i *intent) EnsureJoined(_ context.Context, room id.RoomID, _ ...bridgev2.EnsureJoinedParams) error {
	return i.home.join(joined{room, i.user})
}

// profile is what a user is called, and their picture.
type profile struct {
	name    string
	picture id.ContentURIString
	status  *userStatus
}

func (i *intent) SetDisplayName(_ context.Context, name string) error {
	return i.home.setProfile(i.user, func(shown *profile) { shown.name = name })
}

func (i *intent) SetAvatarURL(_ context.Context, picture id.ContentURIString) error {
	return i.home.setProfile(i.user, func(shown *profile) { shown.picture = picture })
}

// SetProfile replaces everything that a user shows.
func (i *intent) SetProfile(_ context.Context, whole any) error {
	raw, err := json.Marshal(whole)
	if err != nil {
		return err
	}
	var said struct {
		Name    string              `json:"displayname"`
		Picture id.ContentURIString `json:"avatar_url"`
		Status  *userStatus         `json:"org.matrix.msc4426.status"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return err
	}
	return i.home.setProfile(i.user, func(shown *profile) { *shown = profile{said.Name, said.Picture, said.Status} })
}

func (i *intent) SetProfileField(_ context.Context, key string, value any) error {
	status, ok := value.(userStatus)
	if key != statusField || !ok || status.Text == "" || status.Emoji == "" {
		return refused(http.StatusBadRequest, "M_BAD_JSON", "not a status")
	}
	return i.home.setProfile(i.user, func(shown *profile) { shown.status = &status })
}

func (i *intent) DeleteProfileField(_ context.Context, key string) error {
	if key != statusField {
		return refused(http.StatusBadRequest, "M_BAD_JSON", "not a status")
	}
	return i.home.setProfile(i.user, func(shown *profile) { shown.status = nil })
}

func (h *homeserver) setProfile(user id.UserID, change func(*profile)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.profilesFail != nil {
		return h.profilesFail
	}
	if h.profiles == nil {
		h.profiles = map[id.UserID]profile{}
	}
	shown := h.profiles[user]
	change(&shown)
	h.profiles[user] = shown
	return nil
}

// profileOf is what a user shows of themselves.
func (h *homeserver) profileOf(user id.UserID) profile {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.profiles[user]
}

// failProfiles says how the homeserver answers who changes a profile; nil is as usual.
func (h *homeserver) failProfiles(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.profilesFail = err
}

func (*intent) SetExtraProfileMeta(context.Context, any) error { return nil }
func (*intent) MarkTyping(context.Context, id.RoomID, bridgev2.TypingType, time.Duration) error {
	return nil
}

// GetStateEvent returns a room's list of pins, or who may read in it, as it was set last.
func (h *homeserver) GetStateEvent(_ context.Context, room id.RoomID, kind event.Type, _ string) (*event.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list, pinned := h.pins[room]; pinned && kind == event.StatePinnedEvents {
		return &event.Event{RoomID: room, Type: kind, Content: event.Content{Parsed: &event.PinnedEventsEventContent{Pinned: list}}}, nil
	}
	if kind == event.StateCreate {
		return nil, nil
	}
	for _, s := range slices.Backward(h.events) {
		if s.room == room && s.kind.Type == kind.Type && kind.Type == event.StateHistoryVisibility.Type {
			return eventOf(s), nil
		}
	}
	return nil, refused(http.StatusNotFound, "M_NOT_FOUND", "no such state")
}

// setPins notes a room's list of pins. The lock is held.
func (h *homeserver) setPins(room id.RoomID, content *event.Content) {
	if list, ok := content.Parsed.(*event.PinnedEventsEventContent); ok {
		if h.pins == nil {
			h.pins = map[id.RoomID][]id.EventID{}
		}
		h.pins[room] = list.Pinned
	}
}
