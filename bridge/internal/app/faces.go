package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/face"
)

// faceLinks are the links by which Slack fetches the pictures of Matrix people; nil if it
// does not reach the bridge.
func (a *App) faceLinks() *face.Links {
	if a.config.AppService.PublicAddress == "" {
		return nil
	}
	return &face.Links{Address: a.config.AppService.PublicAddress, Key: a.config.Faces.SigningKey}
}

// pages are what the bridge serves to the world.
func (a *App) pages() map[string]http.Handler {
	links := a.faceLinks()
	if links == nil {
		return nil
	}
	return map[string]http.Handler{
		face.Path: face.NewHandler(face.Config{Links: *links, Posted: a.slack.IsFace, Thumbnail: a.thumbnail, Log: a.log}),
	}
}

// thumbnail asks the homeserver for a picture in the size of a face.
func (a *App) thumbnail(ctx context.Context, picture id.ContentURI) (io.ReadCloser, error) {
	answer, err := a.matrix.AS.BotClient().DownloadThumbnail(ctx, picture, face.Side, face.Side, mautrix.DownloadThumbnailExtra{Method: "crop"})
	if err == nil {
		return answer.Body, nil
	}
	if refusal := (mautrix.HTTPError{}); errors.As(err, &refusal) && isNoPicture(refusal.Response) {
		return nil, fmt.Errorf("%w: %w", face.ErrNone, err)
	}
	return nil, err
}

// isNoPicture says whether the homeserver will not have a thumbnail later either: it has no
// such media, or none of which it makes thumbnails (Matrix specification,
// GET /_matrix/client/v1/media/thumbnail: 400, 404 and 413).
func isNoPicture(answer *http.Response) bool {
	if answer == nil {
		return false
	}
	switch answer.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		return true
	}
	return false
}
