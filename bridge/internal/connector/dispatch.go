package connector

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/slackevent"
)

// handler handles one event. Its error makes the lane try again.
type handler func(*Client, context.Context, input) error

// handlers is the one table from event type to handler. Types that are not in it
// are acknowledged and dropped.
func handlers() map[string]handler {
	return map[string]handler{
		"message":          on((*Client).handleMessage),
		"reaction_added":   on((*Client).handleReaction),
		"reaction_removed": on((*Client).handleReaction),

		"member_joined_channel": on((*Client).handleMembership),
		"member_left_channel":   on((*Client).handleMembership),
		"channel_left":          on((*Client).handleLeft),
		"group_left":            on((*Client).handleLeft),
		"channel_rename":        on((*Client).handleRename),
		"group_rename":          on((*Client).handleRename),

		"user_change":          on((*Client).handleUserChange),
		"user_profile_changed": on((*Client).handleUserChange),
		"team_rename":          on((*Client).handleTeamRename),
		"tokens_revoked":       on((*Client).handleTokensRevoked),
	}
}

// on makes a handler of a method that takes one kind of event.
func on[E slackevent.Event](handle func(*Client, context.Context, string, E) error) handler {
	return func(c *Client, ctx context.Context, in input) error {
		event, ok := in.event.(E)
		if !ok {
			return fmt.Errorf("event %s decoded as %T, not as its handler expects", in.id, in.event)
		}
		return handle(c, ctx, in.id, event)
	}
}
