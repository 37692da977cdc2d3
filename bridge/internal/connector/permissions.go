package connector

import (
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// permissionNotices are the people in bridged rooms whom bridge.permissions do not let
// write to Slack, and who were told so.
type permissionNotices struct {
	mu   sync.Mutex
	told map[notPermitted]bool
}

type notPermitted struct {
	room id.RoomID
	user id.UserID
}

// wasTold says whether somebody was told so in a room.
func (s *permissionNotices) wasTold(who notPermitted) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told[who]
}

func (s *permissionNotices) note(who notPermitted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[who] = true
}

// tellNotPermitted tells somebody who may not write to Slack that what they say does
// not get there: once a room, since the framework drops it without a word. Other
// bridges' notices are not answered.
func (c *Connector) tellNotPermitted(ctx context.Context, evt *event.Event) error {
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventEncrypted:
	default:
		return nil
	}
	content, _ := evt.Content.Parsed.(*event.MessageEventContent)
	if content != nil && content.MsgType == event.MsgNotice {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", evt.RoomID, err)
	}
	who := notPermitted{evt.RoomID, evt.Sender}
	if portal == nil || c.permissionNotices.wasTold(who) {
		return nil
	}
	if err := c.notice(ctx, evt.RoomID, fmt.Sprintf(
		"What %s says here is not in Slack: bridge.permissions in the bridge's configuration does not name them.", evt.Sender)); err != nil {
		return err
	}
	c.permissionNotices.note(who)
	return nil
}
