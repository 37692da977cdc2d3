package connector

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/face"
)

// maxFaces is how many pictures are remembered to be in the database.
const maxFaces = 1000

// relayFaces are the pictures of Matrix people in Slack.
type relayFaces struct {
	// links is nil if Slack cannot fetch pictures from the bridge.
	links *face.Links
	noted *lru[struct{}]
}

// relayFace returns the link by which Slack fetches the picture of a person in Matrix, "" if
// they have none or Slack cannot fetch it. The picture may be shown from now on: Slack may
// ask for it before a post is answered.
func (c *Connector) relayFace(ctx context.Context, avatar id.ContentURIString, person id.UserID) (string, error) {
	picture := avatar.ParseOrIgnore()
	if c.faces.links == nil || !picture.IsValid() {
		return "", nil
	}
	known := picture.String() + " " + person.String()
	if _, noted := c.faces.noted.get(known); !noted {
		if err := c.db.PutFace(ctx, picture, person, time.Now()); err != nil {
			return "", err
		}
		c.faces.noted.put(known, struct{}{})
	}
	return c.faces.links.To(picture), nil
}

// errStarting is why nothing can be looked up yet.
var errStarting = errors.New("the bridge is starting")

// IsFace says whether a message was posted with a picture.
func (c *Connector) IsFace(ctx context.Context, picture id.ContentURI) (bool, error) {
	if c.opened.Load() == nil {
		return false, errStarting
	}
	return c.db.IsFace(ctx, picture)
}
