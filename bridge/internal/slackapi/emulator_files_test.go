package slackapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	ws "ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/slackapi"
)

// upload brings a file up to its completion.
func (w *workspace) upload(name, content string) (id string) {
	w.t.Helper()
	upload, err := w.api.BeginUpload(w.t.Context(), slackapi.UploadRequest{Name: name, Size: int64(len(content))})
	require.NoError(w.t, err)
	require.NoError(w.t, w.api.SendFile(w.t.Context(), upload.Address, strings.NewReader(content), int64(len(content))))
	return upload.FileID
}

// shared waits for the message that shows a file.
func (w *workspace) shared(file, channel string) (ts string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		found, err := w.api.FindShared(w.t.Context(), file, channel)
		require.NoError(w.t, err)
		ts = found
		return ts != ""
	}, 10*time.Second, 10*time.Millisecond)
	return ts
}

func TestEmulatorFiles(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	root, err := w.control.Say(ctx, "ann", random, "root")
	require.NoError(t, err)
	first, second := w.upload("a.txt", "the first"), w.upload("b.txt", "the second")
	require.NoError(t, w.api.ShareFiles(ctx, slackapi.ShareRequest{
		Files: []slackapi.SharedFile{{ID: first, Title: "First"}, {ID: second}}, Channel: random, ThreadTS: root, Comment: "two *files*",
		Username: "Ann from Matrix", IconURL: "https://h/a.png",
	}))
	ts := w.shared(first, random)
	require.Equal(t, ts, w.shared(second, random), "both are in one message")
	m, err := w.control.Message(ctx, random, ts)
	require.NoError(t, err)
	require.Equal(t, []any{"two *files*", root}, []any{m.Text, m.ThreadTS})
	require.Equal(t, []any{first, "First", second, "b.txt"}, []any{m.Files[0]["id"], m.Files[0]["title"], m.Files[1]["id"], m.Files[1]["title"]})
	file, err := w.api.FileInfo(ctx, first)
	require.NoError(t, err)
	require.Equal(t, "a.txt", file.Name)

	third := w.upload("c.txt", "in the place of both")
	require.NoError(t, w.api.Update(ctx, slackapi.UpdateRequest{Channel: random, TS: ts, Text: "one file", FileIDs: []string{third}}))
	m, err = w.control.Message(ctx, random, ts)
	require.NoError(t, err)
	require.Len(t, m.Files, 1)
	require.Equal(t, []any{"one file", third}, []any{m.Text, m.Files[0]["id"]})

	require.NoError(t, w.api.DeleteFile(ctx, third))
	require.NoError(t, w.api.DeleteFile(ctx, third), "gone already")
	_, err = w.api.FileInfo(ctx, third)
	require.True(t, slackapi.HasCode(err, "file_deleted"))
}

// Whatever the share of a named upload looks like, it is found.
func TestEmulatorNamedShares(t *testing.T) {
	for _, as := range []string{ws.ShareBotMessage, ws.ShareNamed, ws.ShareUnnamed} {
		t.Run(as, func(t *testing.T) {
			w, ctx := emulated(t), t.Context()
			require.NoError(t, w.control.SetSwitches(ctx, control.Switches{Quirks: ws.Quirks{Shares: as}}))
			file := w.upload("a.txt", "x")
			require.NoError(t, w.api.ShareFiles(ctx, slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: file}}, Channel: leaders, Username: "Ann"}))
			m, err := w.control.Message(ctx, leaders, w.shared(file, leaders))
			require.NoError(t, err)
			require.Equal(t, file, m.Files[0]["id"])
		})
	}
}

// Each fault hits a share once: after it, one look says whether it has to be repeated.
func TestEmulatorShareOnce(t *testing.T) {
	for name, fault := range map[string]web.Fault{
		"answer cut": {Cut: true, After: true}, "call cut": {Cut: true}, "502 after": {Status: 502, After: true},
		"503 before": {Status: 503}, "internal error": {Error: "internal_error", After: true}, "429": {Status: 429, RetryAfter: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ctx := emulated(t), t.Context()
			fault.Method = "files.completeUploadExternal"
			require.NoError(t, w.control.FailCalls(ctx, fault))
			file := w.upload("a.txt", "x")
			share := slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: file}}, Channel: random}
			err := w.api.ShareFiles(ctx, share)
			require.Equal(t, fault.Status != 429, err != nil)
			require.Equal(t, err != nil, slackapi.MayHaveHappened(err))
			if err != nil && !fault.After {
				time.Sleep(50 * time.Millisecond)
				found, err := w.api.FindShared(ctx, file, random)
				require.NoError(t, err)
				require.Empty(t, found)
				require.NoError(t, w.api.ShareFiles(ctx, share))
			}
			ts := w.shared(file, random)
			messages, err := w.control.Messages(ctx, random)
			require.NoError(t, err)
			var shows []string
			for _, m := range messages {
				if len(m.Files) > 0 {
					shows = append(shows, m.TS)
				}
			}
			require.Equal(t, []string{ts}, shows)
		})
	}
}

// A broken upload starts again, at the same address.
func TestEmulatorUploadAgain(t *testing.T) {
	for name, fault := range map[string]web.Fault{
		"cut": {Cut: true}, "cut after": {Cut: true, After: true}, "half an answer": {Truncate: true}, "500": {Status: 500}, "429": {Status: 429, RetryAfter: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := emulated(t), t.Context()
			fault.Method = web.UploadCall
			require.NoError(t, w.control.FailCalls(ctx, fault))
			upload, err := w.api.BeginUpload(ctx, slackapi.UploadRequest{Name: "a.txt", Size: 5})
			require.NoError(t, err)
			err = w.api.SendFile(ctx, upload.Address, strings.NewReader("hello"), 5)
			require.Contains(t, []slackapi.Kind{slackapi.Temporary, slackapi.RateLimited}, slackapi.KindOf(err), "%v", err)
			require.NoError(t, w.api.SendFile(ctx, upload.Address, strings.NewReader("hello"), 5))
			require.NoError(t, w.api.ShareFiles(ctx, slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: upload.FileID}}, Channel: random}))
			w.shared(upload.FileID, random)
		})
	}
}

func TestEmulatorFileRefusals(t *testing.T) {
	w, ctx := emulated(t), t.Context()
	require.NoError(t, w.control.SetSwitches(ctx, control.Switches{Web: web.Switches{MaxFileBytes: 10}}))
	_, err := w.api.BeginUpload(ctx, slackapi.UploadRequest{Name: "a.txt", Size: 11})
	require.ErrorContains(t, err, "file_upload_size_restricted: the workspace does not take files this large")
	file := w.upload("a.txt", "x")
	for channel, code := range map[string]string{lounge: "not_in_channel", oldOne: "is_archived", "C0NOWHERE1": "channel_not_found"} {
		err := w.api.ShareFiles(ctx, slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: file}}, Channel: channel})
		require.True(t, slackapi.HasCode(err, code), "%v", err)
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(err))
	}
	begun, err := w.api.BeginUpload(ctx, slackapi.UploadRequest{Name: "a.txt", Size: 5})
	require.NoError(t, err)
	err = w.api.ShareFiles(ctx, slackapi.ShareRequest{Files: []slackapi.SharedFile{{ID: begun.FileID}}, Channel: random})
	require.True(t, slackapi.HasCode(err, "file_not_found"), "its content has not come")
	m, err := w.control.Share(ctx, "ann", random, "hers", control.FileContent{Name: "a.txt", Content: []byte("x")})
	require.NoError(t, err)
	require.True(t, slackapi.HasCode(w.api.DeleteFile(ctx, m.Files[0]["id"].(string)), "cant_delete_file"))
}
