package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackid"
)

// ValidateUserID implements bridgev2.IdentifierValidatingNetwork.
func (c *Connector) ValidateUserID(user networkid.UserID) bool {
	_, _, err := slackid.ParseUserID(user)
	return err == nil
}

// GetCapabilities implements bridgev2.NetworkAPI: what can be said in a room
// that Slack can show. Raise the connector's capability version when this
// changes.
func (c *Client) GetCapabilities(context.Context, *bridgev2.Portal) *event.RoomFeatures {
	return &event.RoomFeatures{
		ID: "ops-jrz1.slack.2026-11",
		Formatting: event.FormattingFeatureMap{
			event.FmtBold:          event.CapLevelFullySupported,
			event.FmtItalic:        event.CapLevelFullySupported,
			event.FmtStrikethrough: event.CapLevelFullySupported,
			event.FmtInlineCode:    event.CapLevelFullySupported,
			event.FmtCodeBlock:     event.CapLevelFullySupported,
			event.FmtBlockquote:    event.CapLevelFullySupported,
			event.FmtInlineLink:    event.CapLevelFullySupported,
			event.FmtUserLink:      event.CapLevelFullySupported,
			event.FmtRoomLink:      event.CapLevelFullySupported,
			event.FmtUnorderedList: event.CapLevelFullySupported,
			event.FmtOrderedList:   event.CapLevelFullySupported,
		},
		Thread:                 event.CapLevelFullySupported,
		Edit:                   event.CapLevelFullySupported,
		Delete:                 event.CapLevelPartialSupport,
		Reaction:               event.CapLevelFullySupported,
		CustomEmojiReactions:   true,
		PerMessageProfileRelay: true,
	}
}
