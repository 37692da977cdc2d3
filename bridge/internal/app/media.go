package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
)

const (
	// limitAge is how long the homeserver's limit of uploads is believed.
	limitAge = 10 * time.Minute
	// uploadPatience is how long an upload may make no progress. A homeserver stores a
	// large file before it answers.
	uploadPatience = 3 * time.Minute
)

// homeserverMedia gives files to the homeserver.
type homeserverMedia struct {
	app *App

	mu    sync.Mutex
	limit int64
	asked time.Time
}

var _ connector.Media = (*homeserverMedia)(nil)

// UploadLimit implements connector.Media.
func (m *homeserverMedia) UploadLimit(ctx context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.asked.IsZero() && time.Since(m.asked) < limitAge {
		return m.limit, nil
	}
	config, err := m.app.matrix.Bot.GetMediaConfig(ctx)
	switch {
	case errors.Is(err, mautrix.MUnrecognized), errors.Is(err, mautrix.MNotFound):
		config = &mautrix.RespMediaConfig{} // it refuses what is too large
	case err != nil:
		return 0, fmt.Errorf("ask the homeserver how large a file may be: %w", err)
	}
	m.limit, m.asked = config.UploadSize, time.Now()
	return m.limit, nil
}

// IsEncrypted implements connector.Media.
func (m *homeserverMedia) IsEncrypted(ctx context.Context, room id.RoomID) (bool, error) {
	encryption := m.app.config.Encryption
	switch {
	case encryption.Require:
		return true, nil
	case room == "":
		return encryption.Default, nil
	}
	encrypted, err := m.app.matrix.StateStore.IsEncrypted(ctx, room)
	if err != nil {
		return false, fmt.Errorf("look up whether %s is encrypted: %w", room, err)
	}
	return encrypted, nil
}

// Upload implements connector.Media. The content is sent from where it is: the client of
// the framework would read it into memory or copy it to /tmp, and give up after three
// minutes however much was sent.
func (m *homeserverMedia) Upload(ctx context.Context, file connector.Upload) (id.ContentURIString, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(uploadPatience, func() { cancel(errSilence) })
	defer silence.Stop()
	bot := m.app.matrix.Bot
	query := map[string]string{}
	if file.Name != "" {
		query["filename"] = file.Name
	}
	address := bot.BuildURLWithQuery(mautrix.MediaURLPath{"v3", "upload"}, query)
	patient := *bot.Client.Client
	patient.Timeout = 0
	var answer mautrix.RespMediaUpload
	_, err := bot.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodPost, URL: address, Headers: http.Header{"Content-Type": {file.MimeType}},
		RequestBody: progress{file.Content, silence}, RequestLength: file.Size,
		ResponseJSON: &answer, MaxAttempts: 1, Client: &patient,
	})
	switch {
	case errors.Is(context.Cause(ctx), errSilence):
		return "", errSilence
	case err != nil:
		return "", fmt.Errorf("give a file to the homeserver: %w", err)
	}
	return answer.ContentURI.CUString(), nil
}

// errSilence is the end of an upload that made no progress.
var errSilence = fmt.Errorf("the homeserver took nothing of a file for %s: %w", uploadPatience, context.DeadlineExceeded)

// progress puts off the end of an upload while its content is read.
type progress struct {
	content io.Reader
	silence *time.Timer
}

func (p progress) Read(b []byte) (int, error) {
	p.silence.Reset(uploadPatience)
	return p.content.Read(b)
}
