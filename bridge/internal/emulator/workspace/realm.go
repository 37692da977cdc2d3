package workspace

import (
	"slices"
	"sync"
)

// realm is what workspaces have in common that can share channels with each other: one lock,
// ids that are given once, and files.
type realm struct {
	mu         sync.Mutex
	workspaces []*Workspace
	nextID     int
	files      map[string]*File
	fileOrder  []string
	// origin is the address of the emulator.
	origin string
}

func (r *realm) found(clock Clock, team Team) *Workspace {
	w := &Workspace{
		realm: r, clock: clock, team: team,
		users: map[string]*User{}, bots: map[string]*Bot{}, apps: map[string]*App{}, tokens: map[string]*Token{}, refresh: map[string]string{},
		channels: map[string]*conversation{}, emoji: map[string]string{}, pictures: map[string]EmojiPicture{}, met: map[*Workspace]bool{},
	}
	r.workspaces = append(r.workspaces, w)
	return w
}

// Beside returns a new workspace that can share channels with this one.
func (w *Workspace) Beside(team Team) *Workspace {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found(w.clock, team)
}

// Neighbours are the other workspaces that can share channels with this one.
func (w *Workspace) Neighbours() []*Workspace {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.workspaces), func(other *Workspace) bool { return other == w })
}

// Neighbour returns the one of a team.
func (w *Workspace) Neighbour(team string) (*Workspace, error) {
	for _, other := range w.Neighbours() {
		if other.team.ID == team {
			return other, nil
		}
	}
	return nil, Fail("team_not_found", team)
}
