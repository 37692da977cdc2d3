package slackapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapi"
)

// FuzzAnswer sends any answer at all. It must come out as a success only if it
// says so, and else as an error of one line without a token.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"ok":true,"messages":[{"ts":"1.1"}],"response_metadata":{"next_cursor":"x"}}`,
		`{"ok":true,"messages":{"a":[null]},"response_metadata":"x"}`, `{"ok":"true"}`, `{"ok":false,"error":{"a":1}}`,
		`{"ok":false,"error":"missing_scope","needed":",,"}`, `{"ok":true,"ok":false}`, `null`, `[]`, `<html>`, ``,
		"{\"ok\":false,\"error\":\"a\\nb\"}", `{"ok":false,"error":"` + botToken + `"}`,
	} {
		f.Add(200, "application/json", body)
		f.Add(500, "text/html", body)
	}
	f.Add(302, "", "")
	f.Add(404, "application/json", `{"ok":true,"messages":[]}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 599 || status == http.StatusTooManyRequests {
			status = 200
		}
		fake := newFake(t).on("conversations.history", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
		cfg := config(t)
		cfg.HTTPClient, cfg.Scale = &http.Client{Transport: inMemory{fake}}, 1e-9
		page, err := slackapi.New(cfg).History(t.Context(), slackapi.HistoryRequest{Channel: "C1"})
		if err != nil {
			require.Nil(t, page)
			require.NotZero(t, slackapi.KindOf(err))
			require.False(t, strings.ContainsAny(err.Error(), "\r\n"), "%q", err)
			secrettest.Check(t, "the error", err.Error())
			return
		}
		var said struct {
			OK bool `json:"ok"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &said))
		require.True(t, said.OK)
		require.Less(t, status, 300)
	})
}
