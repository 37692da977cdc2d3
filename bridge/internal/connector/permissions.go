package connector

import (
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// permissionNotices are the people in bridged rooms who were told that bridge.permissions
// do not let them write to Slack.
type permissionNotices struct {
	mu   sync.Mutex
	told map[notPermitted]bool
}

type notPermitted struct {
	room id.RoomID
	user id.UserID
}

// wasTold says whether a person was told so in a room.
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

// tellNotPermitted tells a person who may not write to Slack that their messages do not
// get there, since the framework drops them silently. It does so once in each room, and
// does not answer notices, such as those of other bridges.
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
