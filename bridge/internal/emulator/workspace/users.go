package workspace

import (
	"crypto/md5" // Gravatar's addresses are MD5 sums.
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// NewUser is a person to be added.
type NewUser struct {
	ID          string
	Name        string
	RealName    string
	DisplayName string
	Email       string
	Title       string
	Image       string
	TZ          string
	Admin       bool
	Owner       bool
	Guest       bool
	Fields      json.RawMessage
}

// AddUser adds a person without an event: for the seed.
func (w *Workspace) AddUser(n NewUser) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.addUser(n)
	if err != nil {
		return User{}, err
	}
	return *u, nil
}

// JoinTeam adds a person, brings them into the general channel and raises
// team_join.
func (w *Workspace) JoinTeam(n NewUser) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.addUser(n)
	if err != nil {
		return User{}, err
	}
	w.emit(Event{Type: "team_join", Body: map[string]any{"user": w.userFields(u), "cache_ts": w.now(), "event_ts": w.wallTS()}})
	for _, id := range w.chanOrder {
		if c := w.channels[id]; c.General {
			c.setMembers(append(c.Members, u.ID))
			w.announceJoin(c, u.ID, "")
		}
	}
	return *u, nil
}

func (w *Workspace) addUser(n NewUser) (*User, error) {
	if n.Name == "" {
		return nil, Fail("invalid_name_required", "a user needs a name")
	}
	if n.ID == "" {
		n.ID = w.id("U")
	}
	if w.taken(n.ID) {
		return nil, Fail("id_taken", n.ID)
	}
	for _, u := range w.users {
		if u.Name == n.Name {
			return nil, Fail("name_taken", n.Name)
		}
	}
	if n.RealName == "" {
		n.RealName = n.Name
	}
	u := &User{
		ID: n.ID, TeamID: w.team.ID, Name: n.Name, Color: "9f69e7", RealName: n.RealName,
		TZ: n.TZ, Updated: w.now(), IsAdmin: n.Admin || n.Owner, IsOwner: n.Owner, IsPrimaryOwner: n.Owner,
		IsRestricted: n.Guest, IsEmailConfirmed: n.Email != "", Locale: "en-US", Presence: "active",
	}
	if u.TZ == "" {
		u.TZ, u.TZLabel = "Europe/London", "Greenwich Mean Time"
	}
	first, last, _ := strings.Cut(n.RealName, " ")
	u.Profile = Profile{
		Title: n.Title, RealName: n.RealName, RealNameNormalized: n.RealName, DisplayName: n.DisplayName,
		DisplayNameNormalized: n.DisplayName, Email: n.Email, FirstName: first, LastName: last, Team: w.team.ID, Fields: n.Fields,
	}
	setImage(&u.Profile, n.ID, n.Image)
	w.users[u.ID] = u
	w.userOrder = append(w.userOrder, u.ID)
	return u, nil
}

// setImage fills in the avatar's addresses: an image of the person's own, or
// Slack's default behind Gravatar's form of address.
func setImage(p *Profile, id, image string) {
	sum := md5.Sum([]byte(id + image))
	p.AvatarHash = "g" + hex.EncodeToString(sum[:])[:11]
	at := func(size int) string {
		if image != "" {
			return image
		}
		return fmt.Sprintf("https://secure.gravatar.com/avatar/%s.jpg?s=%d", hex.EncodeToString(sum[:]), size)
	}
	p.Image24, p.Image32, p.Image48, p.Image72, p.Image192, p.Image512 = at(24), at(32), at(48), at(72), at(192), at(512)
	p.Image1024, p.ImageOriginal, p.IsCustomImage = "", "", image != ""
	if image != "" {
		p.AvatarHash = hex.EncodeToString(sum[:])[:12]
		p.Image1024, p.ImageOriginal = image, image
	}
}

// ProfileChange is what a person changes about themself; nil stays.
type ProfileChange struct {
	RealName    *string `json:"real_name,omitempty"`
	DisplayName *string `json:"display_name,omitempty"`
	Title       *string `json:"title,omitempty"`
	Email       *string `json:"email,omitempty"`
	Image       *string `json:"image,omitempty"`
	StatusText  *string `json:"status_text,omitempty"`
	StatusEmoji *string `json:"status_emoji,omitempty"`
	// StatusExpiration is until when, 0 for until it changes.
	StatusExpiration *int64 `json:"status_expiration,omitempty"`
}

// ChangeProfile changes a person's profile and raises user_change,
// user_profile_changed and, where the status changed, user_status_changed.
func (w *Workspace) ChangeProfile(id string, ch ProfileChange) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[id]
	if u == nil {
		return User{}, Fail("user_not_found")
	}
	p := &u.Profile
	if ch.RealName != nil {
		u.RealName, p.RealName, p.RealNameNormalized = *ch.RealName, *ch.RealName, *ch.RealName
		p.FirstName, p.LastName, _ = strings.Cut(*ch.RealName, " ")
	}
	if ch.DisplayName != nil {
		p.DisplayName, p.DisplayNameNormalized = *ch.DisplayName, *ch.DisplayName
	}
	set(&p.Title, ch.Title)
	set(&p.Email, ch.Email)
	if ch.Image != nil {
		setImage(p, u.ID, *ch.Image)
	}
	set(&p.StatusText, ch.StatusText)
	set(&p.StatusEmoji, ch.StatusEmoji)
	set(&p.StatusExpiration, ch.StatusExpiration)
	types := []string{"user_change", "user_profile_changed"}
	if ch.StatusText != nil || ch.StatusEmoji != nil || ch.StatusExpiration != nil {
		types = append(types, "user_status_changed")
	}
	w.announceUser(u, types...)
	return *u, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (w *Workspace) announceUser(u *User, types ...string) {
	u.Updated = w.now()
	for _, t := range types {
		w.emit(Event{Type: t, Body: map[string]any{"user": w.userFields(u), "cache_ts": w.now(), "event_ts": w.wallTS()}})
	}
}

// userFields is the user object of events: of fields that Slack gives only to
// those with users:read.email the address is left out.
func (w *Workspace) userFields(u *User) map[string]any {
	out := u.Object()
	if p, ok := out["profile"].(map[string]any); ok {
		delete(p, "email")
		if p["fields"] == nil {
			p["fields"] = []any{}
		}
	}
	return out
}

// SetDeleted deactivates or reactivates a person's account.
func (w *Workspace) SetDeleted(id string, deleted bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[id]
	if u == nil {
		return Fail("user_not_found")
	}
	u.Deleted = deleted
	if deleted {
		for _, cid := range w.chanOrder {
			if c := w.channels[cid]; c.Kind != IM {
				c.setMembers(without(c.Members, id))
			}
		}
	}
	w.announceUser(u, "user_change")
	return nil
}

// SetAdmin makes a person an administrator of the workspace, or takes that from them.
func (w *Workspace) SetAdmin(id string, admin bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[id]
	if u == nil {
		return Fail("user_not_found")
	}
	u.IsAdmin = admin
	w.announceUser(u, "user_change")
	return nil
}

// SetPresence sets active or away.
func (w *Workspace) SetPresence(id, presence string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[id]
	if u == nil {
		return Fail("user_not_found")
	}
	if presence != "active" && presence != "away" {
		return Fail("invalid_presence")
	}
	u.Presence = presence
	return nil
}
