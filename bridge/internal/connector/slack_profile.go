package connector

import (
	"cmp"
	"context"
	"net/http"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// shownAs is the name and the picture that a bot chose for one message, if its ghost has
// others.
func (c *Client) shownAs(ctx context.Context, message *slackevent.Message) (*event.BeeperPerMessageProfile, error) {
	name := slackfmt.Name(message.Username)
	if name == "" {
		return nil, nil
	}
	ghost, err := c.connector.storedGhost(ctx, c.ghostID(message.Author().ID))
	if err != nil {
		return nil, err
	}
	profile := &event.BeeperPerMessageProfile{ID: cmp.Or(message.BotID, message.User) + "/" + message.Username}
	if !c.isKnownName(ghost, message, name) {
		profile.Displayname = name
	}
	if message.Icons != nil {
		profile.AvatarURL = c.profilePicture(ctx, ghost, message.Icons.Picture())
	}
	if profile.Displayname == "" && profile.AvatarURL == nil {
		return nil, nil
	}
	return profile, nil
}

// isKnownName says whether the ghost of a message's author has the name that the
// message was posted under.
func (c *Client) isKnownName(ghost *database.Ghost, message *slackevent.Message, name string) bool {
	if message.BotProfile != nil && slackfmt.Name(message.BotProfile.Name) == name {
		return true
	}
	shown := ""
	if ghost != nil {
		shown = ghost.Name
	}
	return shown == name || shown == c.users.name(personOfBot(slackevent.Bot{Name: name}))
}

// profilePicture uploads a picture that a bot chose, once. It is nil if the ghost already
// has it, or if it is not available now: the message does not wait for it.
func (c *Client) profilePicture(ctx context.Context, ghost *database.Ghost, address string) *id.ContentURIString {
	if address == "" || ghost != nil && ghost.AvatarID == networkid.AvatarID(address) {
		return nil
	}
	if uploaded, known := c.users.uploaded.get(address); known {
		return &uploaded
	}
	avatar := c.users.avatar(ctx, address, "")
	if avatar == nil {
		return nil
	}
	data, err := avatar.Get(ctx)
	if err != nil {
		return nil
	}
	uploaded, _, err := c.connector.bridge.Bot.UploadMedia(ctx, "", data, "", http.DetectContentType(data))
	if err != nil {
		zerolog.Ctx(ctx).Info().Err(err).Msg("The picture of a bot's message could not be uploaded")
		return nil
	}
	c.users.uploaded.put(address, uploaded)
	return &uploaded
}
