package connector

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackapi"
)

const (
	// avatarPause is how long an avatar that failed to download is not tried again.
	avatarPause = time.Hour
	// avatarTimeout bounds one download: it happens while a message waits.
	avatarTimeout = 10 * time.Second
)

// avatar returns a picture by its address, or nil when it is not available;
// shown is the one in Matrix. The address changes with the picture,
// so it is also the picture's id.
func (p *users) avatar(ctx context.Context, address string, shown networkid.AvatarID) *bridgev2.Avatar {
	if address == "" || p.lacksPicture(address) {
		return nil
	}
	avatar := &bridgev2.Avatar{ID: networkid.AvatarID(address), Get: func(ctx context.Context) ([]byte, error) {
		return p.client.connector.fetchAvatar(ctx, address)
	}}
	if shown == avatar.ID {
		return avatar // fetched only if Matrix does not have it
	}
	data, err := avatar.Get(ctx)
	if err != nil {
		p.pictureless.put(address, time.Now())
		zerolog.Ctx(ctx).Info().Err(err).Stringer("again_in", avatarPause).Msg("A Slack avatar failed to download")
		return nil
	}
	avatar.Get = func(context.Context) ([]byte, error) { return data, nil }
	return avatar
}

// lacksPicture says whether an avatar failed to download a short while ago.
func (p *users) lacksPicture(address string) bool {
	failed, tried := p.pictureless.get(address)
	if tried && time.Since(failed) >= avatarPause {
		p.pictureless.drop(address)
		return false
	}
	return tried
}

// fetchAvatar downloads a picture.
func (c *Connector) fetchAvatar(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, avatarTimeout)
	defer cancel()
	return slackapi.FetchPicture(ctx, c.options.HTTP, address)
}
