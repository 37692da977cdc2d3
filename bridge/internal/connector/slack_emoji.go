package connector

import (
	"context"
	"errors"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// errEmojiListed is why a change waits: the list that is being read may be older.
var errEmojiListed = errors.New("the workspace's emoji are being listed")

// handleEmojiChange handles emoji_changed: what the workspace has is stored, and the image
// packs follow in the background.
func (c *Client) handleEmojiChange(ctx context.Context, _ *inbox.Attempt, change *slackevent.EmojiChange) error {
	db := c.connector.db
	if !c.emojis.tryLock() {
		return inbox.Later(shortWait, errEmojiListed)
	}
	defer c.emojis.unlock()
	removed := change.Names
	if change.OldName != "" {
		removed = append(removed, change.OldName)
	}
	for _, name := range removed {
		if err := db.DropEmoji(ctx, c.team, name); err != nil {
			return err
		}
	}
	if name := change.Name + change.NewName; name != "" && change.Value != "" {
		if err := db.PutEmoji(ctx, c.team, name, change.Value); err != nil {
			return err
		}
	}
	c.emojis.wake()
	return nil
}
