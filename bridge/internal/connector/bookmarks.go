package connector

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
)

// The bookmarks of a channel are in its room's state. Slack has no event for them: they are
// read when the room is there, and again when they are a day old, after everything else.

// stateBookmarks is the type of that state, with an empty key.
var stateBookmarks = event.Type{Type: "com.slack.bookmarks", Class: event.StateEventType}

// bookmarksContent is its content.
type bookmarksContent struct {
	Bookmarks []bookmark `json:"bookmarks"`
}

type bookmark struct {
	Title string `json:"title"`
	Link  string `json:"link"`
	// Emoji is as Slack has it, with colons, or "".
	Emoji string `json:"emoji,omitempty"`
}

const (
	// bookmarksAge is how old they may be, and bookmarksCheck how often it is checked.
	bookmarksAge   = 24 * time.Hour
	bookmarksCheck = 5 * time.Minute
)

// showBookmarks keeps the bookmarks of all rooms until the session ends, once the rooms are there.
func (s *session) showBookmarks(ctx context.Context, usable <-chan struct{}) {
	select {
	case <-usable:
	case <-ctx.Done():
		return
	}
	for {
		if err := s.client.showDueBookmarks(ctx); err != nil && ctx.Err() == nil {
			zerolog.Ctx(ctx).Warn().Err(withoutAdvice(err)).Stringer("again_in", bookmarksCheck).Msg("Could not show the bookmarks of channels")
		}
		select {
		case <-time.After(s.client.connector.scaled(bookmarksCheck)):
		case <-ctx.Done():
			return
		}
	}
}

// showDueBookmarks reads the bookmarks of each channel that was not read for a day.
func (c *Client) showDueBookmarks(ctx context.Context) error {
	if who := c.who(); who == nil || !slices.Contains(who.Scopes, "bookmarks:read") {
		return nil
	}
	portals, err := c.connector.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	for _, portal := range portals {
		channel := channelOf(portal)
		if channel == "" || isDirectPortal(portal) || !c.isBookmarksDue(portal) || c.connector.relayOf(portal) != c || c.connector.closureOf(portal) != "" {
			continue
		}
		if carried, err := c.carriesFromSlack(slackapi.Background(ctx), channel); err != nil {
			return err
		} else if !carried {
			continue
		}
		found, err := c.api.Bookmarks(slackapi.Background(ctx), channel)
		if unreadable(ctx, err) != nil {
			return fmt.Errorf("read the bookmarks of %s: %w", channel, err)
		}
		if err := c.putBookmarks(portal, found, err == nil); err != nil {
			return err
		}
	}
	return nil
}

// isBookmarksDue says whether a room's bookmarks are old. A plumbed room is left alone.
func (c *Client) isBookmarksDue(portal *bridgev2.Portal) bool {
	c.connector.closures.RLock()
	defer c.connector.closures.RUnlock()
	meta := portal.Metadata.(*PortalMetadata)
	return !meta.Plumbed && time.Since(time.Unix(meta.BookmarksRead, 0)) >= c.connector.scaled(bookmarksAge)
}

// putBookmarks has a room's state have these bookmarks, if they are known.
func (c *Client) putBookmarks(portal *bridgev2.Portal, found []slackapi.Bookmark, known bool) error {
	slices.SortStableFunc(found, func(a, b slackapi.Bookmark) int { return cmp.Compare(a.Rank, b.Rank) })
	content := &bookmarksContent{Bookmarks: []bookmark{}}
	for _, b := range found {
		if b.Link != "" {
			content.Bookmarks = append(content.Bookmarks, bookmark{slackfmt.Name(b.Title), b.Link, b.Emoji})
		}
	}
	digest, err := digestOf(content)
	if err != nil {
		return err
	}
	return c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			meta := portal.Metadata.(*PortalMetadata)
			if known && meta.Bookmarks != digest {
				_, err := c.connector.bridge.Bot.SendState(ctx, portal.MXID, stateBookmarks, "", &event.Content{Parsed: content}, time.Time{})
				if err := onlyTransient(ctx, err, "show the bookmarks of a channel"); err != nil {
					return err
				}
			}
			c.connector.noteShown(portal, func(meta *PortalMetadata) {
				meta.BookmarksRead = time.Now().Unix()
				if known {
					meta.Bookmarks = digest
				}
			})
			return wrapped(portal.Save(ctx), "note the bookmarks of %s", portal.MXID)
		},
	})
}

// digestOf is a digest of bookmarks, "" if there are none.
func digestOf(content *bookmarksContent) (string, error) {
	if len(content.Bookmarks) == 0 {
		return "", nil
	}
	text, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode bookmarks: %w", err)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9]), nil
}
