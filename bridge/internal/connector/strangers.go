package connector

import (
	"context"
	"fmt"
	"sync"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// strangers are the people in bridged rooms whom bridge.permissions do not let
// write to Slack, and who were told so.
type strangers struct {
	mu   sync.Mutex
	told map[stranger]bool
}

type stranger struct {
	room id.RoomID
	user id.UserID
}

// first says whether somebody is seen in a room for the first time.
func (s *strangers) first(who stranger) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[who] {
		return false
	}
	s.told[who] = true
	return true
}

// tellStranger tells somebody who may not write to Slack that what they say does
// not get there: once a room, since the framework drops it without a word. Other
// bridges' notices are not answered.
func (c *Connector) tellStranger(ctx context.Context, evt *event.Event) {
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventEncrypted:
	default:
		return
	}
	content, _ := evt.Content.Parsed.(*event.MessageEventContent)
	isNotice := content != nil && content.MsgType == event.MsgNotice
	if isNotice || c.ours(evt.Sender) || c.bridge.Config.Permissions.Get(evt.Sender).SendEvents {
		return
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil || !c.strangers.first(stranger{evt.RoomID, evt.Sender}) {
		return
	}
	if err := c.notice(ctx, evt.RoomID, fmt.Sprintf(
		"What %s says here is not in Slack: bridge.permissions in the bridge's configuration does not name them.", evt.Sender)); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not tell somebody that they may not write to Slack")
	}
}
