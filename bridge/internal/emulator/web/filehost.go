package web

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Where the bytes of files go and come from.
const (
	uploadPath   = "/upload/v1/"
	downloadPath = "/files-pri/"
	thumbPath    = "/files-tmb/"
)

// The names under which uploads and downloads are logged and under which faults
// of theirs are planned.
const (
	UploadCall   = "file.upload"
	DownloadCall = "file.download"
	EmojiCall    = "emoji.download"
)

// hostErrors are what goes wrong with them, for the log.
const hostErrors = "file_not_found file_size_mismatch no_permission"

// IsFile says whether a path is one of a file's or of an emoji's picture.
func IsFile(path string) bool {
	return slices.ContainsFunc([]string{uploadPath, downloadPath, thumbPath, workspace.EmojiPath}, func(p string) bool { return strings.HasPrefix(path, p) })
}

// reply is what a file's address answers.
type reply struct {
	status int
	body   []byte
	kind   string
	to     string // of a redirect
	// err is what went wrong, for the log.
	err error
}

// ServeFile takes and gives the bytes of files, for the workspace whose token or whose emoji
// it is. Where uploads go is told by no token: the first workspace takes them all.
func (s *Server) ServeFile(w http.ResponseWriter, r *http.Request) {
	if path, isEmoji := strings.CutPrefix(r.URL.Path, workspace.EmojiPath); isEmoji {
		s.peers.ofTeam(s, path).serveFile(w, r)
		return
	}
	s.peers.ofToken(s, bearer(r.Header.Get("Authorization"))).serveFile(w, r)
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	call := &Call{Method: Method{Name: DownloadCall, Errors: hostErrors}, Args: Args{}, Request: r}
	serve := s.download
	switch {
	case strings.HasPrefix(r.URL.Path, uploadPath):
		call.Method.Name, serve = UploadCall, s.upload
	case strings.HasPrefix(r.URL.Path, workspace.EmojiPath):
		call.Method.Name, serve = EmojiCall, s.emojiPicture
	}
	entry := &CallRecord{Method: call.Method.Name, Time: s.clock.Wall()}
	there, back := s.wire.draw()
	travel(there)
	if f, ok := s.faults.take(call.Method.Name, "", true); ok {
		if s.before(call, r, f, entry) {
			entry.Fault = f.name()
			s.finish(entry, call, nil, nil, began)
			s.apply(w, r, f, call, entry, nil, nil)
			return
		}
	}
	answer := serve(call, r)
	entry.App = call.App.ID
	travel(back)
	f, broken := s.faults.take(call.Method.Name, "", false)
	if broken {
		entry.Fault = f.name()
	}
	s.finish(entry, call, nil, answer.err, began)
	switch {
	case broken && f.Truncate:
		s.half(w, answer)
	case broken && (f.Status != 0 || f.Cut || f.Error != ""):
		s.apply(w, r, f, call, entry, nil, nil)
	default:
		if broken {
			f.wait(r)
		}
		answer.write(w, r)
	}
}

func (a reply) write(w http.ResponseWriter, r *http.Request) {
	if a.to != "" {
		http.Redirect(w, r, a.to, a.status)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	if a.status == http.StatusOK && r.Method != http.MethodPost && r.Method != http.MethodPut {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
		return
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// half writes the beginning of a body and ends the connection.
func (s *Server) half(w http.ResponseWriter, a reply) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	cutConnection(w)
}

func said(status int, text string, err error) reply {
	return reply{status: status, body: []byte(text), kind: "text/plain; charset=utf-8", err: err}
}

// upload takes the bytes of one file: as the body itself, or as the first file of
// a form.
func (s *Server) upload(c *Call, r *http.Request) reply {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return said(http.StatusMethodNotAllowed, "POST the file", workspace.Fail("insecure_request"))
	}
	key := strings.TrimPrefix(r.URL.Path, uploadPath)
	announced, err := s.ws.Announced(key)
	if err != nil {
		return said(http.StatusNotFound, "no such upload", err)
	}
	data, err := bodyOf(r, announced)
	if err != nil {
		return said(http.StatusBadRequest, "cannot read the file", workspace.Fail("request_timeout"))
	}
	c.Args["length"] = fmt.Sprint(len(data))
	if err := s.ws.Upload(key, data); err != nil {
		return said(http.StatusBadRequest, fmt.Sprintf("%s: %d bytes were announced, %d came", workspace.CodeOf(err), announced, len(data)), err)
	}
	return said(http.StatusOK, fmt.Sprintf("OK - %d", len(data)), nil)
}

// bodyOf reads the bytes of an upload, a few more than were announced at most.
func bodyOf(r *http.Request, announced int) ([]byte, error) {
	most := int64(announced) + 1
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return whole(r.Body, r.ContentLength, most)
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return io.ReadAll(io.LimitReader(part, most))
		}
	}
}

// whole reads a body; one that breaks off is an error.
func whole(body io.Reader, length, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, most))
	if err == nil && length >= 0 && int64(len(data)) < min(length, most) {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

// download gives a file's bytes, or a thumbnail's, to those who may read it; others
// are sent to the sign-in page, whatever it is that they lack.
func (s *Server) download(c *Call, r *http.Request) reply {
	signIn := reply{status: http.StatusFound, to: "/?" + url.Values{"redir": {r.URL.Path}}.Encode(), err: workspace.Fail("no_permission")}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return said(http.StatusMethodNotAllowed, "GET the file", workspace.Fail("insecure_request"))
	}
	token, app, known := s.ws.Lookup(bearer(r.Header.Get("Authorization")))
	if !known || token.Revoked != "" || token.Kind != workspace.BotToken || !slices.Contains(token.Scopes, "files:read") {
		return signIn
	}
	c.Token, c.App = token, app
	place, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, downloadPath), thumbPath), "/")
	ids := strings.Split(place, "-") // team, file and for thumbnails a secret
	if len(ids) < 2 {
		return signIn
	}
	c.Args["file"] = ids[1]
	_, kind, data, pic, err := s.ws.Content(workspace.ActorOf(app), ids[1])
	if err != nil {
		return signIn
	}
	if !strings.HasPrefix(r.URL.Path, thumbPath) {
		return reply{status: http.StatusOK, body: data, kind: kind}
	}
	thumb, ok := pic.Find(strings.TrimSuffix(rest, ".png"))
	if !ok {
		return said(http.StatusNotFound, "no such thumbnail", workspace.Fail("file_not_found"))
	}
	return reply{status: http.StatusOK, body: thumb.PNG, kind: "image/png"}
}

// emojiPicture gives a custom emoji's picture to everyone, as Slack does.
func (s *Server) emojiPicture(_ *Call, r *http.Request) reply {
	p, ok := s.ws.EmojiPicture(strings.TrimPrefix(r.URL.Path, workspace.EmojiPath))
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return said(http.StatusNotFound, "no such emoji", workspace.Fail("file_not_found"))
	}
	return reply{status: http.StatusOK, body: p.Data, kind: p.MIME}
}
