package workspace

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
)

// UserGroup is a user group (subteam).
type UserGroup struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Handle      string   `json:"handle"`
	Description string   `json:"description"`
	Users       []string `json:"users"`
	Created     int64    `json:"created"`
	CreatedBy   string   `json:"created_by"`
}

// RenameTeam renames the workspace and raises team_rename.
func (w *Workspace) RenameTeam(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.team.Name = name
	w.emit(Event{Type: "team_rename", Body: map[string]any{"name": name, "team_id": w.team.ID, "event_ts": w.wallTS()}})
}

// SetDomain moves the workspace to another domain and raises team_domain_change.
func (w *Workspace) SetDomain(domain string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.team.Domain, w.team.URL = domain, "https://"+domain+".slack.com/"
	w.emit(Event{Type: "team_domain_change", Body: map[string]any{
		"domain": domain, "url": "https://" + domain + ".slack.com", "team_id": w.team.ID, "event_ts": w.wallTS(),
	}})
}

// Emoji returns the custom emoji: name to address, or `alias:other`.
func (w *Workspace) Emoji() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.emoji)
}

// SetEmoji adds or replaces a custom emoji; the seed does so quietly.
func (w *Workspace) SetEmoji(name, value string, quiet bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.emoji[name] = value
	if !quiet {
		w.emit(Event{Type: "emoji_changed", Body: map[string]any{"subtype": "add", "name": name, "value": value, "event_ts": w.wallTS()}})
	}
}

// EmojiPicture is what a custom emoji looks like.
type EmojiPicture struct {
	Data []byte
	MIME string
}

// DrawEmoji adds or replaces a custom emoji by its picture, which everyone may
// read at its address.
func (w *Workspace) DrawEmoji(name string, data []byte) error {
	kind := http.DetectContentType(data)
	ending := map[string]string{"image/png": "png", "image/gif": "gif", "image/jpeg": "jpg", "image/webp": "webp"}[kind]
	switch {
	case ending == "":
		return Fail("bad_image", "an emoji is a PNG, GIF, JPEG or WebP picture")
	case len(data) > maxEmoji:
		return Fail("too_large", "an emoji has at most 128 KiB")
	}
	sum := sha256.Sum256(data)
	w.mu.Lock()
	path := w.team.ID + "/" + name + "/" + hex.EncodeToString(sum[:8]) + "." + ending
	w.pictures[path] = EmojiPicture{Data: data, MIME: kind}
	address := w.origin + EmojiPath + path
	w.mu.Unlock()
	w.SetEmoji(name, address, false)
	return nil
}

// EmojiPath is where the pictures of custom emoji are; maxEmoji is the largest
// (Slack help: "Add custom emoji").
const (
	EmojiPath = "/emoji-img/"
	maxEmoji  = 128 << 10
)

// EmojiPicture returns the picture at a path below EmojiPath.
func (w *Workspace) EmojiPicture(path string) (EmojiPicture, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.pictures[path]
	return p, ok
}

// RenameEmoji gives a custom emoji another name.
func (w *Workspace) RenameEmoji(name, next string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	value, ok := w.emoji[name]
	if !ok {
		return Fail("emoji_not_found")
	}
	delete(w.emoji, name)
	w.emoji[next] = value
	w.emit(Event{Type: "emoji_changed", Body: map[string]any{
		"subtype": "rename", "old_name": name, "new_name": next, "value": value, "event_ts": w.wallTS(),
	}})
	return nil
}

// RemoveEmoji removes a custom emoji.
func (w *Workspace) RemoveEmoji(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.emoji[name]; !ok {
		return Fail("emoji_not_found")
	}
	delete(w.emoji, name)
	w.emit(Event{Type: "emoji_changed", Body: map[string]any{"subtype": "remove", "names": []string{name}, "event_ts": w.wallTS()}})
	return nil
}

// AddUserGroup adds a user group without an event: for the seed.
func (w *Workspace) AddUserGroup(g UserGroup) UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addGroup(g)
}

func (w *Workspace) addGroup(g UserGroup) UserGroup {
	if g.ID == "" {
		g.ID = w.id("S")
	}
	g.Created = w.now()
	if g.Users == nil {
		g.Users = []string{}
	}
	w.groups = append(w.groups, g)
	return g
}

// SaveUserGroup adds a user group, or changes the one of the same id, and raises
// subteam_created, or subteam_updated and subteam_members_changed.
func (w *Workspace) SaveUserGroup(g UserGroup) (UserGroup, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.Name == "" || g.Handle == "" {
		return UserGroup{}, Fail("missing_subteam_name", "a user group needs a name and a handle")
	}
	i := slices.IndexFunc(w.groups, func(other UserGroup) bool { return other.ID == g.ID })
	if i < 0 || g.ID == "" {
		g = w.addGroup(g)
		w.emit(Event{Type: "subteam_created", Body: map[string]any{"subteam": g.Object(w.team.ID, true), "event_ts": w.wallTS()}})
		return g, nil
	}
	before := w.groups[i]
	g.Created, g.CreatedBy = before.Created, before.CreatedBy
	w.groups[i] = g
	w.emit(Event{Type: "subteam_updated", Body: map[string]any{"subteam": g.Object(w.team.ID, true), "event_ts": w.wallTS()}})
	added, removed := missing(g.Users, before.Users), missing(before.Users, g.Users)
	if len(added)+len(removed) > 0 {
		w.emit(Event{Type: "subteam_members_changed", Body: map[string]any{
			"subteam_id": g.ID, "team_id": w.team.ID, "date_previous_update": before.Created, "date_update": w.now(),
			"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
			"event_ts": w.wallTS(),
		}})
	}
	return g, nil
}

// missing returns what of list is not in other.
func missing(list, other []string) []string {
	out := []string{}
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

// Object renders a user group as the Web API and events do (Slack docs:
// usergroups.list).
func (g UserGroup) Object(team string, users bool) map[string]any {
	o := map[string]any{
		"id": g.ID, "team_id": team, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": g.Description,
		"handle": g.Handle, "is_external": false, "date_create": g.Created, "date_update": g.Created, "date_delete": 0,
		"auto_type": nil, "created_by": g.CreatedBy, "updated_by": g.CreatedBy, "deleted_by": nil, "auto_provision": false,
		"prefs": map[string]any{"channels": []string{}, "groups": []string{}},
	}
	if users {
		o["users"], o["user_count"] = g.Users, len(g.Users)
	}
	return o
}

// UserGroups returns the user groups in the order of creation.
func (w *Workspace) UserGroups() []UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]UserGroup(nil), w.groups...)
}
