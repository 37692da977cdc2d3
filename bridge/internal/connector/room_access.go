package connector

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// handleConversion handles channel_convert_to_private and …_to_public: the room is
// closed or opened before it shows that it was.
func (c *Client) handleConversion(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	private := message.Subtype == slackevent.SubtypeChannelConvertToPrivate
	c.conversations.change(message.Channel, func(conversation *slackevent.Conversation) { conversation.IsPrivate = private })
	key, err := c.conversations.portalKey(ctx, message.Channel, message.ChannelType)
	if err != nil {
		return err
	}
	err = c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return c.applyConversion(ctx, portal, private)
		},
	})
	if err != nil {
		return err
	}
	return c.handlePost(ctx, row, message)
}

// applyConversion notes whether a conversation is private, and makes its room as open as it is. It runs
// under the portal's lock.
func (c *Client) applyConversion(ctx context.Context, portal *bridgev2.Portal, private bool) error {
	c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.Public = !private })
	return c.applyJoinRule(ctx, portal)
}

// applyJoinRule makes a room as open as its conversation, and notes how open it is. One that
// becomes private is not in the directory any more and loses its alias, which another channel
// may get; one that becomes public gets its alias by [Client.publish]. It runs under the portal's
// lock, and all its steps may be repeated.
func (c *Client) applyJoinRule(ctx context.Context, portal *bridgev2.Portal) error {
	meta := portal.Metadata.(*PortalMetadata)
	named := !meta.Public && meta.Alias != "" // it became private while its alias was left to it
	if meta.Open == meta.Public && !named || portal.MXID == "" || meta.Plumbed {
		return nil
	}
	rule, err := c.joinRule(ctx, meta.Public)
	if err != nil {
		return err
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, portal.MXID, event.StateJoinRules, "", &event.Content{Parsed: rule}, time.Time{})
	if err != nil {
		return fmt.Errorf("change who may join %s: %w", portal.MXID, err)
	}
	if !meta.Public {
		if err := c.hide(ctx, portal, meta); err != nil {
			return err
		}
	}
	meta.Open = meta.Public
	if err := portal.Save(ctx); err != nil {
		return fmt.Errorf("note who may join %s: %w", portal.MXID, err)
	}
	return nil
}

// hide has only the members of a room see that it exists and what is said in it.
func (c *Client) hide(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) error {
	if err := onlyTransient(ctx, c.hideHistory(ctx, portal.MXID), "change who may read in a room"); err != nil {
		return err
	}
	return c.unpublish(ctx, portal, meta)
}

// hideHistory has only the members of a room read in it, if a person had let everyone read. Who is
// invited then sees what was said before, as in Slack and as in a public channel's room. Where people
// let members see less than that, it stays so.
func (c *Client) hideHistory(ctx context.Context, room id.RoomID) error {
	readers, err := c.connector.historyVisibility(ctx, room)
	if err != nil || readers != event.HistoryVisibilityWorldReadable {
		return err
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, room, event.StateHistoryVisibility, "", &event.Content{
		Parsed: &event.HistoryVisibilityEventContent{HistoryVisibility: event.HistoryVisibilityShared},
	}, time.Time{})
	return err
}

// historyVisibility is who may read in a room.
func (c *Connector) historyVisibility(ctx context.Context, room id.RoomID) (event.HistoryVisibility, error) {
	var content event.HistoryVisibilityEventContent
	err := c.stateIn(ctx, room, event.StateHistoryVisibility, &content)
	if status, _ := matrixStatus(err); status == http.StatusNotFound {
		return event.HistoryVisibilityShared, nil // that of a room without one (Matrix 1.16, m.room.history_visibility)
	}
	return content.HistoryVisibility, err
}
