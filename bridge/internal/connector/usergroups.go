package connector

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

const (
	// scopeUserGroups is the scope for reading user groups (Slack docs: usergroups.list).
	scopeUserGroups = "usergroups:read"
	// groupsPause is how long Slack is not asked again after it refused, or for a group
	// that it did not list.
	groupsPause = time.Minute
)

// userGroups knows the user groups of a workspace: Slack is asked for all of them when
// one is needed for the first time, and again after an event about a change.
type userGroups struct {
	client *Client
	now    func() time.Time

	// asking is held while Slack is asked, so that it is asked once; asked is when.
	asking sync.Mutex
	asked  time.Time

	mu    sync.Mutex
	known map[string]slackevent.Subteam
	stale bool
}

func newUserGroups(client *Client) *userGroups {
	return &userGroups{client: client, now: time.Now, stale: true}
}

// get returns a group; an unknown one has no handle. Its error is transient.
func (g *userGroups) get(ctx context.Context, id string) (slackevent.Subteam, error) {
	known, err := g.all(ctx, id)
	return known[id], err
}

// idOf returns the id of the group with a handle, or "". It makes no request.
func (g *userGroups) idOf(handle string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, group := range g.known {
		if group.Handle == handle {
			return id
		}
	}
	return ""
}

// refresh loads the groups before idOf is used. Its error is transient.
func (g *userGroups) refresh(ctx context.Context) error {
	_, err := g.all(ctx, "")
	return err
}

// all returns the groups by their ids. wanted is one that should be among them, or "".
func (g *userGroups) all(ctx context.Context, wanted string) (map[string]slackevent.Subteam, error) {
	if who := g.client.who(); who != nil && !slices.Contains(who.Scopes, scopeUserGroups) {
		return nil, nil
	}
	g.asking.Lock()
	defer g.asking.Unlock()
	known, stale := g.state()
	_, found := known[wanted]
	missing := wanted != "" && !found
	if !stale && !(missing && g.now().Sub(g.asked) >= groupsPause) {
		return known, nil
	}
	g.setStale(false) // a change meanwhile makes them stale again
	list, err := g.client.api.UserGroups(slackapi.WaitAtMost(ctx, lockPatience))
	if _, passes := transient(err); passes {
		g.setStale(true)
		return known, fmt.Errorf("list the user groups: %w", err)
	}
	g.asked = g.now()
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Slack does not list its user groups; mentions of them show what the message says")
		return known, nil
	}
	known = map[string]slackevent.Subteam{}
	for _, group := range list {
		known[group.ID] = group
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = known
	return known, nil
}

func (g *userGroups) state() (known map[string]slackevent.Subteam, stale bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known, g.stale
}

func (g *userGroups) setStale(stale bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stale = stale
}

// handleUserGroup handles subteam_created and subteam_updated.
func (c *Client) handleUserGroup(context.Context, *inbox.Attempt, *slackevent.SubteamChange) error {
	c.userGroups.setStale(true)
	return nil
}

// handleUserGroupMembers handles subteam_members_changed.
func (c *Client) handleUserGroupMembers(context.Context, *inbox.Attempt, *slackevent.SubteamMembersChange) error {
	c.userGroups.setStale(true)
	return nil
}
