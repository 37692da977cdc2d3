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

// GetCapabilities implements bridgev2.NetworkAPI: what people can send to a room
// that Slack can show. Raise the connector's capability version when this changes.
func (c *Client) GetCapabilities(context.Context, *bridgev2.Portal) *event.RoomFeatures {
	id, reply := "ops-jrz1.slack.2026-11-files", event.CapLevelUnsupported // a reply begins a thread
	if c.connector.quotesReplies() {
		id, reply = id+"-quotes", event.CapLevelPartialSupport
	}
	return &event.RoomFeatures{
		ID:   id,
		File: fileFeatures(),
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
		Reply:                  reply,
		Thread:                 event.CapLevelFullySupported,
		Edit:                   event.CapLevelFullySupported,
		Delete:                 event.CapLevelPartialSupport,
		Reaction:               event.CapLevelFullySupported,
		CustomEmojiReactions:   true,
		PerMessageProfileRelay: true,
	}
}

// fileFeatures say that every file may be sent, with a caption. How large one may be is told
// by the bridge itself, with its name.
func fileFeatures() event.FileFeatureMap {
	features := event.FileFeatureMap{}
	for _, kind := range []event.CapabilityMsgType{
		event.MsgImage, event.MsgVideo, event.MsgAudio, event.MsgFile, event.CapMsgVoice, event.CapMsgGIF, event.CapMsgSticker,
	} {
		features[kind] = &event.FileFeatures{
			MimeTypes: map[string]event.CapabilitySupportLevel{"*/*": event.CapLevelFullySupported},
			Caption:   event.CapLevelFullySupported,
		}
	}
	return features
}
