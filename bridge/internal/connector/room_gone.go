package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

var errRoomGone = errors.New("the room is gone from the homeserver; a new one is made")

// orNewRoom has a row tried again that failed because its room is gone from the
// homeserver, for example because an administrator deleted it: the portal forgets the
// room, and the next try makes another as for a new channel. Any other error is returned
// as it is.
func (c *Client) orNewRoom(ctx context.Context, row *inbox.Attempt, err error) error {
	_, channel, ok := strings.Cut(row.Lane, "/")
	if !ok || channel == "" || !mayMeanGone(err) || c.connector.options.History == nil {
		return err
	}
	key, keyErr := c.conversations.portalKey(ctx, channel, "")
	if keyErr != nil {
		return err
	}
	portal, loadErr := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if loadErr != nil || c.connector.roomOf(portal) == "" || c.connector.isPlumbed(portal) || c.connector.closureOf(portal) == closedDeleted {
		return err
	}
	room := c.connector.roomOf(portal)
	gone, lookErr := c.connector.options.History.Gone(ctx, room)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	if !gone {
		return err
	}
	if err := c.submit(ctx, nil, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do:          func(ctx context.Context, portal *bridgev2.Portal) error { return c.forgetRoom(ctx, portal, room) },
	}); err != nil {
		return err
	}
	return inbox.Later(shortWait, errRoomGone)
}

// forgetRoom removes the room from a portal, and tells the login's owner why. It runs
// under the portal's lock.
func (c *Client) forgetRoom(ctx context.Context, portal *bridgev2.Portal, room id.RoomID) error {
	if portal.MXID != room {
		return nil
	}
	zerolog.Ctx(ctx).Warn().Stringer("room_id", room).Msg("A room is gone from the homeserver; a new one is made")
	if err := c.connector.forgetWhatWasSaid(ctx, portal); err != nil {
		return err
	}
	portal.Metadata.(*PortalMetadata).Room = ""
	c.connector.noteShown(portal, (*PortalMetadata).inNewRoom)
	c.connector.close(portal, "")
	if err := c.connector.removeRoom(ctx, portal); err != nil {
		return fmt.Errorf("forget the room %s: %w", room, err)
	}
	text := fmt.Sprintf("The room of %s is gone from the homeserver. The bridge makes a new one, as for a new channel, which begins with the newest of what was said, if the settings say so.", cmp.Or(portal.Name, "a Slack conversation"))
	if err := c.connector.tellOwner(ctx, c.login.User, event.MsgNotice, text); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not say that a room is gone")
	}
	return nil
}

// inNewRoom forgets what was done in the room that a portal had before.
func (m *PortalMetadata) inNewRoom() {
	m.Open, m.Alias, m.Invited, m.OpenLevel = false, "", nil, 0
	m.Order = ""
	m.Restricted, m.FreeLevel = false, 0
	m.Pinned, m.Bookmarks, m.BookmarksRead = nil, "", 0
}

// noticeUpgrade says whether a portal has another room than the one that was seen last: a person
// has upgraded it, and the framework has followed. The channel's members join the new one. It
// runs under the portal's lock.
func (c *Client) noticeUpgrade(portal *bridgev2.Portal, meta *PortalMetadata) (changed bool) {
	if meta.Room == portal.MXID {
		return false
	}
	if meta.Room != "" {
		c.connector.noteShown(portal, (*PortalMetadata).inNewRoom)
		meta.Joining, meta.Unlisted = true, true
	}
	meta.Room = portal.MXID
	return true
}

// mayMeanGone says whether this is how a homeserver answers about a room that it does not
// have: no user of the bridge is in it, or there is no such room.
func mayMeanGone(err error) bool {
	status, _ := matrixStatus(err)
	return status == http.StatusForbidden || status == http.StatusNotFound
}
