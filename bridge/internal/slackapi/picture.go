package slackapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxPicture is more than Slack's largest avatar (1024 pixels square) takes.
const maxPicture = 8 << 20

// withoutAddress is what is wrong with a request, without its address: apps put keys of their own
// into those of their pictures.
func withoutAddress(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// FetchPicture downloads an avatar or a custom emoji. Slack serves them to everyone who has
// the address, so the request carries no token.
func FetchPicture(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch a picture: %w", withoutAddress(err))
	}
	from := req.URL.Hostname()
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch a picture of %s: %w", from, withoutAddress(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		return nil, fmt.Errorf("fetch a picture of %s: got HTTP %d with %q, not an image", from, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err != nil {
		return nil, fmt.Errorf("fetch a picture of %s: %w", from, err)
	}
	if len(data) > maxPicture {
		return nil, fmt.Errorf("a picture of %s has more than %d bytes", from, maxPicture)
	}
	return data, nil
}
