package proxy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/proxy"
)

func start(t *testing.T) *proxy.Proxy {
	t.Helper()
	p, _ := startCounting(t)
	return p
}

// startCounting also returns how many requests the target has had.
func startCounting(t *testing.T) (*proxy.Proxy, *atomic.Int64) {
	t.Helper()
	var requests atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	}))
	t.Cleanup(target.Close)
	p, err := proxy.Start(target.URL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p, &requests
}

func put(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader("body"))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func slow(r *http.Request) bool { return strings.Contains(r.URL.Path, "slow") }

func TestPassesOnUnchanged(t *testing.T) {
	p := start(t)
	status, text := put(t, p.URL+"/rooms/%21a%3Ab/send?x=1%2F2")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "PUT /rooms/%21a%3Ab/send?x=1%2F2 body", text)
}

func TestHoldKeepsOnlyWhatMatches(t *testing.T) {
	p := start(t)
	held := p.Hold(slow)
	answers := make(chan string)
	go func() {
		resp, err := http.Get(p.URL + "/slow")
		if err != nil {
			answers <- err.Error()
			return
		}
		defer resp.Body.Close()
		answers <- resp.Status
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, await.Until(ctx, "the request", func(context.Context) (bool, error) { return held.Hits() == 1, nil }))
	status, _ := put(t, p.URL+"/quick")
	require.Equal(t, http.StatusOK, status)
	select {
	case answer := <-answers:
		t.Fatalf("a held request was answered: %s", answer)
	default:
	}
	held.Release()
	held.Release()
	require.Equal(t, "200 OK", <-answers)
}

func TestWatchMeasuresWhatMatches(t *testing.T) {
	p := start(t)
	watch := p.Watch(slow)
	put(t, p.URL+"/quick")
	require.Empty(t, watch.Took())
	put(t, p.URL+"/slow")
	took := watch.Took()
	require.Len(t, took, 1)
	require.Positive(t, took[0])
}

func TestLose(t *testing.T) {
	p, requests := startCounting(t)
	lossy := p.Lose(slow)
	// net/http's client does not repeat a POST by itself.
	_, err := http.Post(p.URL+"/slow", "text/plain", strings.NewReader("body"))
	require.ErrorIs(t, err, io.EOF)
	require.EqualValues(t, 1, requests.Load())
	lossy.Release()
	status, _ := put(t, p.URL+"/slow")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 1, lossy.Hits())
}

func TestFail(t *testing.T) {
	p := start(t)
	broken := p.Fail(slow, http.StatusBadGateway)
	status, _ := put(t, p.URL+"/slow")
	require.Equal(t, http.StatusBadGateway, status)
	broken.Release()
	status, _ = put(t, p.URL+"/slow")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 1, broken.Hits())
}
