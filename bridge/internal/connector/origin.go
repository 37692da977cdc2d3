package connector

import (
	"maps"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// originKey is the key of an event's content that says what of Slack it shows. With
// it the bridge finds again what it has sent, whatever became of the answer.
const originKey = "ops-jrz1.slack"

// originOf is what a part of a message says of where it comes from.
func originOf(team string, message *slackevent.Message, part networkid.PartID) map[string]any {
	origin := map[string]any{"message": string(slackid.MakeMessageID(team, message.Channel, message.TS))}
	if part != "" {
		origin["part"] = string(part)
	}
	return map[string]any{originKey: origin}
}

// originOfReaction is originOf for a reaction.
func originOfReaction(target networkid.MessageID, user networkid.UserID, name string) map[string]any {
	return map[string]any{originKey: map[string]any{"message": string(target), "reaction": name, "user": string(user)}}
}

// originOfEdit is originOf for an edit that makes a part what the message is now.
func originOfEdit(part *bridgev2.ConvertedMessagePart, message *slackevent.Message) map[string]any {
	origin := maps.Clone(part.Extra[originKey].(map[string]any))
	origin["edit"] = editTS(message) + " " + stateOf(message)
	return map[string]any{originKey: origin}
}

// isOrigin says whether an event's content comes from what wanted describes.
func isOrigin(content, wanted map[string]any) bool {
	found, ok := content[originKey].(map[string]any)
	want := wanted[originKey].(map[string]any)
	if !ok || len(found) != len(want) {
		return false
	}
	for key, value := range want {
		if found[key] != value {
			return false
		}
	}
	return true
}
