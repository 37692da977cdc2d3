package slackapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxPicture is more than Slack's largest avatar (1024 pixels square) takes.
const maxPicture = 8 << 20

// FetchPicture downloads an avatar or a custom emoji. Slack serves them to everyone who has
// the address, so the request carries no token.
func FetchPicture(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the picture: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch the picture: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		return nil, fmt.Errorf("fetch the picture %s: got HTTP %d with %q, not an image", address, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err != nil {
		return nil, fmt.Errorf("fetch the picture %s: %w", address, err)
	}
	if len(data) > maxPicture {
		return nil, fmt.Errorf("the picture %s has more than %d bytes", address, maxPicture)
	}
	return data, nil
}
