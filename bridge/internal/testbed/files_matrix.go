package testbed

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// MustUpload gives the homeserver the content of a file, and returns its address.
func (p *Person) MustUpload(content []byte) id.ContentURIString {
	p.bed.t.Helper()
	uploaded, err := p.Client.UploadMedia(p.bed.ctx, mautrix.ReqUploadMedia{ContentBytes: content, ContentType: "application/octet-stream"})
	p.bed.must(err)
	return uploaded.ContentURI.CUString()
}

// MustSendContent sends a message of any kind.
func (p *Person) MustSendContent(room id.RoomID, content any) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventMessage, content)
}

// MustSendFile sends a file, with a caption or without.
func (p *Person) MustSendFile(room id.RoomID, kind event.MessageType, name, caption string, content []byte) id.EventID {
	p.bed.t.Helper()
	return p.MustSendContent(room, p.FileContent(kind, name, caption, content))
}

// FileContent uploads a file and returns the content of the message that brings it.
func (p *Person) FileContent(kind event.MessageType, name, caption string, content []byte) *event.MessageEventContent {
	p.bed.t.Helper()
	file := &event.MessageEventContent{
		MsgType: kind, Body: name, FileName: name, URL: p.MustUpload(content), Info: &event.FileInfo{Size: len(content)},
	}
	if caption != "" {
		file.Body = caption
	}
	return file
}

// MustSendSticker sends a sticker.
func (p *Person) MustSendSticker(room id.RoomID, describes string, content []byte) id.EventID {
	p.bed.t.Helper()
	return p.mustSend(room, event.EventSticker, &event.MessageEventContent{
		Body: describes, URL: p.MustUpload(content), Info: &event.FileInfo{MimeType: "image/png", Size: len(content)},
	})
}

// SharedFile is a file in a message of Slack.
type SharedFile struct {
	Post Post
	// ID, Name, Title and Alt are the file's own.
	ID, Name, Title, Alt string
	Content              []byte
}

// AwaitFile waits for a message that shows a file of this name.
func (s *Slack) AwaitFile(conversation, name string) SharedFile {
	s.bed.t.Helper()
	named := func(file map[string]any) bool { return file["name"] == name }
	post := s.AwaitPostWith(conversation, fmt.Sprintf("a message with the file %q", name), func(p Post) bool {
		return slices.ContainsFunc(p.Files, named)
	})
	file := post.Files[slices.IndexFunc(post.Files, named)]
	text := func(key string) string {
		value, _ := file[key].(string)
		return value
	}
	shared := SharedFile{Post: post, ID: text("id"), Name: name, Title: text("title"), Alt: text("alt_txt")}
	content, err := s.Control.Content(s.bed.ctx, shared.ID)
	s.bed.must(err)
	shared.Content = content
	return shared
}

// AwaitNoFile waits until a file is deleted.
func (s *Slack) AwaitNoFile(id string) {
	s.bed.t.Helper()
	s.await("general", "the deletion of file "+id, func([]Post) bool {
		object, err := s.Control.File(s.bed.ctx, id)
		return err == nil && object["mode"] == "tombstone"
	})
}

// FilesOf are the names of the files that messages of a conversation show, in order.
func (s *Slack) FilesOf(conversation string) (names []string) {
	s.bed.t.Helper()
	for _, post := range s.Posts(conversation) {
		for _, file := range post.Files {
			name, _ := file["name"].(string)
			names = append(names, name)
		}
	}
	return names
}
