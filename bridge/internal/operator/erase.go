package operator

import (
	"context"
	"net/http"
	"net/url"
)

// Erase has the bridge erase a person of either side, and returns the line that says so. The
// error is an *exit.Error.
func (c *Client) Erase(ctx context.Context, person string) (line string, err error) {
	err = c.ask(ctx, http.MethodPost, "/v1/erase?person="+url.QueryEscape(person), &line)
	return line, err
}
