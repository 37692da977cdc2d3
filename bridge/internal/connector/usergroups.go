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
	// scopeUserGroups is what it takes to read user groups (Slack docs: usergroups.list).
	scopeUserGroups = "usergroups:read"
	// groupsPause is how long Slack is not asked again after it refused, or for a group
	// that it did not list.
	groupsPause = time.Minute
)

// userGroups knows the user groups of a workspace: Slack is asked for all of them when
// one is needed for the first time, and again after it told of a change.
type userGroups struct {
	client *Client
	now    func() time.Time

	// mu is held while Slack is asked, so that it is asked once.
	mu    sync.Mutex
	known map[string]slackevent.Subteam
	stale bool
	asked time.Time
}

func newUserGroups(client *Client) *userGroups {
	return &userGroups{client: client, now: time.Now, stale: true}
}

// get returns a group; an unknown one has no handle. Its error passes by itself.
func (g *userGroups) get(ctx context.Context, id string) (slackevent.Subteam, error) {
	known, err := g.all(ctx, id)
	return known[id], err
}

// byHandle returns the id of the group with a handle, or "". Its error passes by itself.
func (g *userGroups) byHandle(ctx context.Context, handle string) (string, error) {
	known, err := g.all(ctx, "")
	for id, group := range known {
		if group.Handle == handle {
			return id, err
		}
	}
	return "", err
}

// all returns the groups by their ids. wanted is one that should be among them, or "".
func (g *userGroups) all(ctx context.Context, wanted string) (map[string]slackevent.Subteam, error) {
	if who := g.client.who(); who != nil && !slices.Contains(who.Scopes, scopeUserGroups) {
		return nil, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, found := g.known[wanted]
	missing := wanted != "" && !found
	if !g.stale && !(missing && g.now().Sub(g.asked) >= groupsPause) {
		return g.known, nil
	}
	list, err := g.client.api.UserGroups(slackapi.WaitAtMost(ctx, lockPatience))
	if _, passes := transient(err); passes {
		return g.known, fmt.Errorf("list the user groups: %w", err)
	}
	g.stale, g.asked = false, g.now()
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Slack does not tell of its user groups; mentions of them show what the message says")
		return g.known, nil
	}
	g.known = map[string]slackevent.Subteam{}
	for _, group := range list {
		g.known[group.ID] = group
	}
	return g.known, nil
}

// change has Slack asked again before the next use.
func (g *userGroups) change() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stale = true
}

// handleUserGroup handles subteam_created and subteam_updated.
func (c *Client) handleUserGroup(context.Context, *inbox.Attempt, *slackevent.SubteamChange) error {
	c.userGroups.change()
	return nil
}

// handleUserGroupMembers handles subteam_members_changed.
func (c *Client) handleUserGroupMembers(context.Context, *inbox.Attempt, *slackevent.SubteamMembersChange) error {
	c.userGroups.change()
	return nil
}
