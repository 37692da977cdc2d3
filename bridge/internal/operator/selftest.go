package operator

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// echoPatience is how long a self-test waits for its post, if the operator does not say.
const echoPatience = 2500 * time.Millisecond

// SelfTest is what became of a post that the running bridge made in network.selftest_channel.
type SelfTest struct {
	// Posted says that Slack took it, Echoed that it came back over the bridge's own socket,
	// and Deleted that it is gone again.
	Posted  bool `json:"posted"`
	Echoed  bool `json:"echoed"`
	Deleted bool `json:"deleted"`
	// TookMS is how long it was on its way, in milliseconds.
	TookMS int64 `json:"took_ms"`
	// Problem is what Slack said against it, or why it was not tried.
	Problem string `json:"problem,omitempty"`
}

// SelfTest has the bridge post, wait for its own post, and delete it. Half of the time that
// ctx has left is for the wait.
func (c *Client) SelfTest(ctx context.Context) (done SelfTest, err error) {
	patience := echoPatience
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline) / 2
	}
	err = c.ask(ctx, http.MethodPost, "/v1/selftest?wait="+url.QueryEscape(patience.String()), &done)
	return done, err
}

// patienceOf is how long a request's self-test waits.
func patienceOf(r *http.Request) time.Duration {
	patience, err := time.ParseDuration(r.URL.Query().Get("wait"))
	if err != nil {
		return echoPatience
	}
	return patience
}
