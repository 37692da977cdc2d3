package slackapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

// TestAddressesOfPicturesAreNotTold: whatever goes wrong, the error names the host alone.
func TestAddressesOfPicturesAreNotTold(t *testing.T) {
	const query = "/face.png?token=Xy7SecretPart"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Case") {
		case "status":
			w.WriteHeader(http.StatusForbidden)
		case "loop":
			http.Redirect(w, r, query, http.StatusFound)
		case "large", "cut off":
			w.Header().Set("Content-Type", "image/png")
			if r.Header.Get("X-Case") == "cut off" {
				w.Header().Set("Content-Length", "10")
				return
			}
			_, _ = w.Write([]byte(strings.Repeat("x", 9<<20)))
		}
	}))
	defer server.Close()
	for _, name := range []string{"status", "loop", "large", "cut off", "no answer"} {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if name == "no answer" {
					return nil, errors.New("connection refused")
				}
				r.Header.Set("X-Case", name)
				return http.DefaultTransport.RoundTrip(r)
			})}
			_, err := slackapi.FetchPicture(t.Context(), client, server.URL+query)
			require.ErrorContains(t, err, "127.0.0.1")
			require.NotContains(t, err.Error(), "SecretPart")
			require.NotContains(t, err.Error(), "face.png")
		})
	}
	for _, address := range []string{"https://ci.example/%zz" + query, "https://ci.example:x" + query, "\x7f" + query} {
		_, err := slackapi.FetchPicture(t.Context(), http.DefaultClient, address)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "SecretPart")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
