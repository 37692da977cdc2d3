package workspace

import "maps"

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

// AddUserGroup adds a user group.
func (w *Workspace) AddUserGroup(g UserGroup) UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.ID == "" {
		g.ID = w.id("S")
	}
	g.Created = w.now()
	w.groups = append(w.groups, g)
	return g
}

// UserGroups returns the user groups in the order of creation.
func (w *Workspace) UserGroups() []UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]UserGroup(nil), w.groups...)
}
