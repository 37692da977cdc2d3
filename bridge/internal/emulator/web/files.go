package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// The limits of uploads (Slack docs: files.getUploadURLExternal,
// files.completeUploadExternal).
const (
	maxAltText  = 1000
	maxSnippet  = 1 << 20
	maxFile     = 1 << 30
	maxChannels = 100

	// shareDelay is how long after the answer the files are shared. Slack's
	// documents say that it happens later, not when.
	shareDelay = 300 * time.Millisecond
)

func (s *Server) fileMethods() map[string]handler {
	return map[string]handler{
		"files.getUploadURLExternal": s.uploadURL, "files.completeUploadExternal": s.completeUpload, "files.info": s.fileInfo,
		"files.list": s.filesList, "files.delete": s.fileDelete, "files.sharedPublicURL": s.sharedPublicURL,
	}
}

// uploadURL gives the address for the bytes of one file.
func (s *Server) uploadURL(c *Call) (Result, error) {
	length, err := c.number("length", 0)
	if err != nil {
		return nil, err
	}
	most := s.Switches().MaxFileBytes
	if most <= 0 {
		most = maxFile
	}
	alt := c.arg("alt_txt")
	if alt == "" {
		alt = c.arg("alt_text") // what @slack/web-api sends
	}
	switch {
	case c.arg("filename") == "":
		return nil, workspace.Fail("invalid_arguments", "[ERROR] must be more than 0 characters [json-pointer:/filename]")
	case length == 0:
		return nil, workspace.Fail("invalid_arguments", "[ERROR] must be greater than 0 [json-pointer:/length]")
	case length > most:
		return nil, workspace.Fail("file_upload_size_restricted")
	case utf8.RuneCountInString(alt) > maxAltText:
		return nil, workspace.Fail("alt_txt_too_large")
	case c.arg("snippet_type") != "" && !workspace.KnownSnippet(c.arg("snippet_type")):
		return nil, workspace.Fail("unknown_snippet_type")
	case c.arg("snippet_type") != "" && length > maxSnippet:
		return nil, workspace.Fail("snippet_too_large")
	}
	id, key := s.ws.BeginUpload(c.Actor, workspace.NewFile{
		Name: c.arg("filename"), AltTxt: alt, Snippet: c.arg("snippet_type"), Length: length,
	})
	return Result{"upload_url": originOf(c.Request) + uploadPath + key, "file_id": id}, nil
}

// completeUpload finishes uploads. What they are shared by comes after the answer.
func (s *Server) completeUpload(c *Call) (Result, error) {
	done := workspace.Completion{Actor: c.Actor, Channels: c.list("channels")}
	if err := json.Unmarshal([]byte(c.arg("files")), &done.Files); err != nil || len(done.Files) == 0 {
		return nil, workspace.Fail("invalid_arguments", "[ERROR] must be an array of files [json-pointer:/files]")
	}
	if id := c.arg("channel_id"); id != "" && !slices.Contains(done.Channels, id) {
		done.Channels = append(done.Channels, id)
	}
	if len(done.Channels) > maxChannels {
		return nil, workspace.Fail("channels_limit_exceeded")
	}
	if err := s.sharePost(c, &done.Post); err != nil {
		return nil, err
	}
	files, share, err := s.ws.Complete(done)
	if err != nil {
		return nil, replyError(err)
	}
	s.clock.AfterFunc(shareDelay, share)
	return Result{"files": files}, nil
}

// replyError gives the documented code for a thread that is not there.
func replyError(err error) error {
	if workspace.CodeOf(err) == "thread_not_found" {
		return workspace.Fail("cannot_reply_to_message")
	}
	return err
}

// sharePost reads the arguments of the message that shares files: a comment goes
// before blocks.
func (s *Server) sharePost(c *Call, p *workspace.Post) error {
	var err error
	p.Actor, p.Text = c.Actor, c.arg("initial_comment")
	if p.Text == "" {
		if p.Blocks, err = c.blocks(); err != nil {
			return err
		}
	}
	if v := c.arg("thread_ts"); v != "" {
		ts, ok := timestamp(v)
		if !ok {
			return workspace.Fail("cannot_reply_to_message")
		}
		p.ThreadTS = ts
	}
	return s.face(c, p)
}

func (s *Server) fileInfo(c *Call) (Result, error) {
	f, err := s.ws.FileInfo(c.Actor, c.arg("file"))
	if err != nil {
		return nil, err
	}
	return Result{"file": f, "comments": []any{}, "response_metadata": Result{"next_cursor": ""}}, nil
}

func (s *Server) filesList(c *Call) (Result, error) {
	filter := workspace.FileFilter{User: c.arg("user"), Channel: c.arg("channel"), Types: c.list("types")}
	for _, name := range filter.Types {
		if !slices.Contains([]string{"all", "spaces", "snippets", "images", "gdocs", "zips", "pdfs"}, name) {
			return nil, workspace.Fail("unknown_type")
		}
	}
	if _, err := s.ws.Seen(c.Actor, filter.User); filter.User != "" && err != nil {
		return nil, err
	}
	from, err := seconds(c.arg("ts_from"))
	if err != nil {
		return nil, err
	}
	to, err := seconds(c.arg("ts_to"))
	if err != nil {
		return nil, err
	}
	filter.From, filter.To = from, to
	items, paging, err := byPage(c, s.ws.Files(c.Actor, filter))
	if err != nil {
		return nil, err
	}
	return Result{"files": items, "paging": paging}, nil
}

// seconds reads a time of files.list, in whole seconds or as a ts.
func seconds(v string) (int64, error) {
	if v == "" || v == "now" {
		return 0, nil
	}
	ts, ok := timestamp(v)
	if !ok {
		return 0, workspace.Fail("invalid_arguments", "[ERROR] invalid time")
	}
	return strconv.ParseInt(ts[:10], 10, 64)
}

func (s *Server) fileDelete(c *Call) (Result, error) {
	return Result{}, s.ws.DeleteFile(c.Actor, c.arg("file"))
}

// sharedPublicURL is for user tokens (Slack docs: files.sharedPublicURL).
func (s *Server) sharedPublicURL(*Call) (Result, error) {
	return nil, workspace.Fail("not_allowed_token_type")
}
