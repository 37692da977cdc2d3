package workspace

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"

	"ops-jrz1/bridge/internal/emulator/picture"
)

// SetOrigin tells under which address apps reach the emulator: the addresses of
// files begin with it.
func (w *Workspace) SetOrigin(origin string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.origin = origin
}

// Origin is the address under which apps reach the emulator.
func (w *Workspace) Origin() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.origin
}

// NewFile is a file to be uploaded.
type NewFile struct {
	Name    string
	Title   string
	AltTxt  string
	Snippet string
	Post    bool
	Length  int
	// Data are the bytes of a file that is there already.
	Data     []byte
	External string
	Thin     bool
	Extra    map[string]any
}

// BeginUpload makes place for a file of an app's and returns its id and the key
// of its upload address.
func (w *Workspace) BeginUpload(a Actor, n NewFile) (id, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.addFile(a, n)
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	f.uploadKey = hex.EncodeToString(b[:])
	return f.ID, f.uploadKey
}

func (w *Workspace) addFile(a Actor, n NewFile) *File {
	f := &File{
		ID: w.id("F"), Name: n.Name, Title: n.Title, AltTxt: n.AltTxt, Snippet: n.Snippet, Post: n.Post, User: a.User, Owner: a.App, Created: w.now(),
		Length: n.Length, External: n.External, Thin: n.Thin, Extra: n.Extra, home: w,
	}
	if f.Title == "" {
		f.Title = f.Name
	}
	if n.Data != nil {
		f.receive(n.Data)
	}
	w.files[f.ID] = f
	w.fileOrder = append(w.fileOrder, f.ID)
	return f
}

func (f *File) receive(data []byte) { f.Data, f.arrived, f.Picture = data, true, picture.Read(data) }

// Announced returns how many bytes were announced for an upload address.
func (w *Workspace) Announced(key string) (length int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.byKey(key)
	if f == nil {
		return 0, Fail("file_not_found")
	}
	return f.Length, nil
}

func (w *Workspace) byKey(key string) *File {
	for _, f := range w.files {
		if key != "" && f.uploadKey == key && !f.deleted {
			return f
		}
	}
	return nil
}

// Upload takes the bytes that were sent to an upload address. They may be sent
// again until the upload is completed.
func (w *Workspace) Upload(key string, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.byKey(key)
	switch {
	case f == nil || f.announced:
		return Fail("file_not_found")
	case len(data) != f.Length:
		return Fail("file_size_mismatch")
	}
	f.receive(data)
	return nil
}

// Completion finishes uploads: the files are shared in the channels, in one
// message each, if there are any.
type Completion struct {
	Actor    Actor
	Files    []CompletedFile
	Channels []string
	// Post is the message that the files are shared by; its Channel is filled in.
	Post Post
}

// CompletedFile names a file of a completion.
type CompletedFile struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Complete checks a completion and returns the files and what there is left to do:
// sharing comes after the answer.
func (w *Workspace) Complete(c Completion) (files []map[string]any, share func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, channel := range c.Channels {
		p := c.Post
		p.Channel = channel
		if err := w.checkShare(p); err != nil {
			return nil, nil, err
		}
	}
	var ids []string
	for _, item := range c.Files {
		ids = append(ids, item.ID)
	}
	all, err := w.own(c.Actor, ids)
	if err != nil {
		return nil, nil, err
	}
	for i, f := range all {
		if title := c.Files[i].Title; title != "" {
			f.Title = title
		}
		files = append(files, w.full(f))
	}
	return files, func() { w.finish(c, all) }, nil
}

func (w *Workspace) checkShare(p Post) error {
	c, err := w.postable(p)
	if err != nil {
		return err
	}
	if p.ThreadTS != "" {
		_, err = threadRoot(c, p.ThreadTS)
	}
	return err
}

// finish announces completed files and shares them. A channel that has closed
// meanwhile gets nothing.
func (w *Workspace) finish(c Completion, files []*File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, channel := range c.Channels {
		p := c.Post
		p.Channel = channel
		if w.checkShare(p) == nil {
			_, _ = w.post(p, files) // checked above
		}
	}
	for _, f := range files {
		w.announceFile(f) // what was shared nowhere
	}
}

// announceFile raises file_created, once.
func (w *Workspace) announceFile(f *File) {
	if f.announced {
		return
	}
	f.announced = true
	w.emitFile("file_created", f, "", map[string]any{"user_id": f.User})
}

// emitFile raises an event of a file: to those who see the conversation, or to
// the file's own app where there is none.
func (w *Workspace) emitFile(kind string, f *File, channel string, body map[string]any) {
	body["file_id"], body["file"], body["event_ts"] = f.ID, map[string]any{"id": f.ID}, w.wallTS()
	if channel != "" {
		body["channel_id"] = channel
		w.emit(Event{Type: kind, Channel: channel, Body: body})
		return
	}
	for seer, bots := range w.botsThatSee(f) {
		seer.raise(Event{Type: kind, Body: maps.Clone(body), only: bots, from: w.team.ID})
	}
}

// botsThatSee are the bot users that may read a file, by their workspaces. That of the file
// is always among these.
func (w *Workspace) botsThatSee(f *File) map[*Workspace][]string {
	out := map[*Workspace][]string{w: {}}
	for _, other := range w.workspaces {
		for _, id := range other.appOrder {
			if app := other.apps[id]; other.seenBy(f, ActorOf(*app)) {
				out[other] = append(out[other], app.BotUser)
			}
		}
	}
	return out
}

// attachFiles puts files into a message.
func (w *Workspace) attachFiles(c *conversation, m *Message, files []*File) {
	m.Upload = true
	if m.Subtype == "" || m.Subtype == "bot_message" {
		w.nameShare(m)
	}
	for _, f := range files {
		f.Thin = f.Thin || len(f.shares) == 0 && c.shared()
		before := w.isPublic(f)
		f.shares = append(f.shares, share{c.ID, m.TS})
		w.announceFile(f)
		if c.Kind == Public && !before {
			w.emitFile("file_public", f, "", map[string]any{"user_id": f.User})
		}
		w.emitFile("file_shared", f, c.ID, map[string]any{"user_id": f.User})
		m.Files = append(m.Files, w.object(f))
	}
}

// How a share of an app's upload looks: Slack documents username and icon_url of
// files.completeUploadExternal and not what comes of them.
const (
	ShareBotMessage = "bot_message"  // as a post with a name of its own: bot_message without user
	ShareNamed      = "file_share"   // file_share of the bot user, with the name
	ShareUnnamed    = "without_name" // file_share of the bot user, the name is lost
)

// nameShare gives a share its subtype and its face.
func (w *Workspace) nameShare(m *Message) {
	named := m.Subtype == "bot_message" && m.Owner != ""
	switch {
	case m.Subtype == "bot_message" && !named, named && w.quirks.Shares == ShareBotMessage:
		return
	case named && w.quirks.Shares != ShareNamed:
		m.Username, m.Icons = "", nil
	}
	m.Subtype = "file_share"
	if app := w.apps[m.Owner]; app != nil {
		m.User = app.BotUser
	}
}

// own returns an app's files of these ids.
func (w *Workspace) own(a Actor, ids []string) ([]*File, error) {
	var out []*File
	for _, id := range ids {
		f := w.files[id]
		if f == nil || !f.whole() || f.Owner != a.App {
			return nil, Fail("file_not_found")
		}
		out = append(out, f)
	}
	return out, nil
}

// exchangeFiles puts other files into a message.
func (w *Workspace) exchangeFiles(c *conversation, m *Message, files []*File) {
	old := slices.Clone(m.Files)
	m.Files = nil
	for _, f := range files {
		m.Files = append(m.Files, w.object(f))
		if s := (share{c.ID, m.TS}); !slices.Contains(f.shares, s) {
			f.shares = append(f.shares, s)
			w.announceFile(f)
			w.emitFile("file_shared", f, c.ID, map[string]any{"user_id": f.User})
		}
	}
	w.leave(c, m, slices.DeleteFunc(old, func(o map[string]any) bool {
		return slices.ContainsFunc(files, func(f *File) bool { return f.ID == o["id"] })
	}))
}

// unshare takes a message's files out of the conversation.
func (w *Workspace) unshare(c *conversation, m *Message) { w.leave(c, m, m.Files) }

// leave ends the shares of files by a message.
func (w *Workspace) leave(c *conversation, m *Message, files []map[string]any) {
	for _, o := range files {
		id, _ := o["id"].(string)
		f := w.files[id]
		if f == nil || f.deleted {
			continue
		}
		f.shares = slices.DeleteFunc(f.shares, func(s share) bool { return s == share{c.ID, m.TS} })
		w.emitFile("file_unshared", f, c.ID, map[string]any{"user_id": f.User})
	}
}

// DeleteFile deletes a file of the actor's own. In messages its mark stays.
func (w *Workspace) DeleteFile(a Actor, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	switch {
	case f == nil || !w.seenBy(f, a):
		return Fail("file_not_found")
	case f.deleted:
		return Fail("file_deleted")
	case (a.App != "" && f.Owner != a.App) || (a.App == "" && (f.User != a.User || f.Owner != "") && (!w.moderates(a) || f.home != w)):
		return Fail("cant_delete_file")
	}
	seen := w.botsThatSee(f)
	f.deleted, f.Data, f.Picture = true, nil, nil
	var channels []string
	for _, s := range f.shares {
		if !slices.Contains(channels, s.channel) {
			channels = append(channels, s.channel)
		}
	}
	for seer, bots := range seen {
		seer.raise(Event{Type: "file_deleted", only: bots, from: w.team.ID, Body: map[string]any{
			"file_id": f.ID, "channel_ids": channels, "event_ts": w.wallTS(),
		}})
	}
	w.redraw(f)
	return nil
}

// RenameFile gives a file another title.
func (w *Workspace) RenameFile(a Actor, id, title string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil || f.deleted || f.User != a.User {
		return Fail("file_not_found")
	}
	f.Title = title
	w.emitFile("file_change", f, "", map[string]any{})
	w.redraw(f)
	return nil
}

// redraw shows a changed file in the messages that carry it.
func (w *Workspace) redraw(f *File) {
	for _, s := range f.shares {
		c := w.channels[s.channel]
		if c == nil {
			continue
		}
		m := c.message(s.ts)
		if m == nil {
			continue
		}
		before := m.clone()
		m.Files = slices.Clone(m.Files)
		for i, o := range m.Files {
			if o["id"] == f.ID {
				m.Files[i] = w.object(f)
			}
		}
		w.emitChanged(c, m, before)
	}
}

// FileInfo returns a file's whole object.
func (w *Workspace) FileInfo(a Actor, id string) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	switch {
	case f == nil || !w.seenBy(f, a) || !f.whole() && !f.deleted:
		return nil, Fail("file_not_found")
	case f.deleted:
		return nil, Fail("file_deleted")
	}
	return w.full(f), nil
}

// FileFilter limits a list of files.
type FileFilter struct {
	User, Channel string
	From, To      int64
	Types         []string
}

// Files lists the files that an actor sees, the newest first.
func (w *Workspace) Files(a Actor, filter FileFilter) []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []map[string]any{}
	for _, id := range slices.Backward(w.fileOrder) {
		if f := w.files[id]; f.whole() && f.announced && w.seenBy(f, a) && filter.passes(f) {
			out = append(out, w.full(f))
		}
	}
	return out
}

func (x FileFilter) passes(f *File) bool {
	return (x.User == "" || x.User == f.User) && (x.From == 0 || f.Created >= x.From) && (x.To == 0 || f.Created <= x.To) &&
		(x.Channel == "" || slices.ContainsFunc(f.shares, func(s share) bool { return s.channel == x.Channel })) && x.ofType(f)
}

// ofType says whether a file is of one of the types (Slack docs: files.list).
func (x FileFilter) ofType(f *File) bool {
	if len(x.Types) == 0 || slices.Contains(x.Types, "all") {
		return true
	}
	kind := f.kind()
	of := map[string]bool{
		"images": f.Picture != nil, "snippets": f.Snippet != "", "spaces": f.Post, "zips": kind.name == "zip", "pdfs": kind.name == "pdf",
		"gdocs": f.External != "",
	}
	return slices.ContainsFunc(x.Types, func(name string) bool { return of[name] })
}

// Content returns a file's bytes and content type, for who may read it.
func (w *Workspace) Content(a Actor, id string) (name, kind string, data []byte, pic *picture.Picture, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil || !f.whole() || f.External != "" || !w.seenBy(f, a) {
		return "", "", nil, nil, Fail("file_not_found")
	}
	return f.Name, f.MIME(), f.Data, f.Picture, nil
}

// Bytes returns a file's object, bytes and what is seen of it, also one that few may read.
func (w *Workspace) Bytes(id string) (object map[string]any, data []byte, pic *picture.Picture, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil {
		return nil, nil, nil, Fail("file_not_found")
	}
	return w.full(f), f.Data, f.Picture, nil
}
