package workspace

import (
	"html"
	"maps"
	"path"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/emulator/picture"
)

// File is a file of the workspace, from the moment its upload was asked for.
type File struct {
	ID      string
	Name    string
	Title   string
	AltTxt  string
	Snippet string
	// Post says that it is a post, which Slack had before canvases and still shows.
	Post bool
	User string
	// Owner is the app that uploads it, "" for people.
	Owner   string
	Created int64
	// Length is how many bytes were announced; Data are those that came.
	Length int
	Data   []byte
	// Picture is what it shows, nil for other files.
	Picture *picture.Picture
	// External is the address of a file that is kept elsewhere.
	External string
	// Thin makes the objects in events stubs that files.info completes: so it is with files
	// that were uploaded to a channel that is shared with another workspace.
	Thin bool
	// Extra are further keys of its object.
	Extra map[string]any

	// home is the workspace that it was uploaded to.
	home      *Workspace
	arrived   bool
	announced bool // file_created was raised
	deleted   bool
	uploadKey string
	shares    []share
}

// share is one message that a file is in.
type share struct{ channel, ts string }

// arrives says whether the file is whole.
func (f *File) whole() bool { return !f.deleted && (f.arrived || f.External != "") }

// fileKind is what Slack calls a file by its name's ending.
type fileKind struct{ name, mime, pretty string }

var fileKinds = map[string]fileKind{
	"png": {"png", "image/png", "PNG"}, "jpg": {"jpg", "image/jpeg", "JPEG"}, "jpeg": {"jpg", "image/jpeg", "JPEG"},
	"gif": {"gif", "image/gif", "GIF"}, "webp": {"webp", "image/webp", "WebP"}, "svg": {"svg", "image/svg+xml", "SVG"},
	"mp4": {"mp4", "video/mp4", "MPEG 4 Video"}, "webm": {"webm", "video/webm", "WebM"}, "mov": {"mov", "video/quicktime", "QuickTime Movie"},
	"mp3": {"mp3", "audio/mpeg", "MP3"}, "m4a": {"m4a", "audio/mp4", "MPEG 4 Audio"}, "ogg": {"ogg", "audio/ogg", "OGG"},
	"wav": {"wav", "audio/wav", "WAV"}, "pdf": {"pdf", "application/pdf", "PDF"}, "zip": {"zip", "application/zip", "Zip"},
	"txt": {"text", "text/plain", "Plain Text"}, "text": {"text", "text/plain", "Plain Text"}, "md": {"markdown", "text/markdown", "Markdown"},
	"json": {"json", "application/json", "JSON"}, "html": {"html", "text/html", "HTML"}, "csv": {"csv", "text/csv", "CSV"},
	"go": {"go", "text/plain", "Go"}, "py": {"python", "text/plain", "Python"}, "js": {"javascript", "text/javascript", "JavaScript"},
	"sh": {"shell", "text/plain", "Shell"}, "yaml": {"yaml", "text/yaml", "YAML"}, "yml": {"yaml", "text/yaml", "YAML"},
}

// KnownSnippet says whether Slack knows a snippet's type.
func KnownSnippet(name string) bool {
	for _, k := range fileKinds {
		if k.name == name && strings.HasPrefix(k.mime, "text/") {
			return true
		}
	}
	return false
}

func (f *File) kind() fileKind {
	if f.Post {
		return fileKind{"space", "text/plain", "Post"}
	}
	if f.Snippet != "" {
		return fileKind{f.Snippet, "text/plain", strings.ToUpper(f.Snippet[:1]) + f.Snippet[1:]}
	}
	if k, ok := fileKinds[strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), "."))]; ok {
		return k
	}
	return fileKind{"binary", "application/octet-stream", "Binary"}
}

// MIME is the file's content type.
func (f *File) MIME() string { return f.kind().mime }

func (f *File) mode() string {
	switch {
	case f.External != "":
		return "external"
	case f.Post:
		return "space"
	case f.Snippet != "":
		return "snippet"
	}
	return "hosted"
}

// object renders a file as messages carry it (Slack docs: file object).
func (w *Workspace) object(f *File) map[string]any {
	if f.deleted {
		return map[string]any{"id": f.ID, "mode": "tombstone", "file_access": "visible"}
	}
	k := f.kind()
	o := map[string]any{
		"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": f.Title, "mimetype": k.mime,
		"filetype": k.name, "pretty_type": k.pretty, "user": f.User, "user_team": f.home.team.ID, "editable": f.Snippet != "" || f.Post, "size": len(f.Data),
		"mode": f.mode(), "is_external": f.External != "", "external_type": "", "is_public": w.isPublic(f), "public_url_shared": false,
		"display_as_bot": false, "username": "", "permalink": f.home.team.URL + "files/" + f.User + "/" + f.ID + "/" + f.Name,
		"permalink_public": "https://slack-files.com/" + f.home.team.ID + "-" + f.ID + "-0000000000", "is_starred": false,
		"has_rich_preview": false, "file_access": "visible",
	}
	if f.AltTxt != "" {
		o["alt_txt"] = f.AltTxt
	}
	w.addContent(o, f)
	maps.Copy(o, f.Extra)
	return o
}

// addContent adds where the bytes are and what is seen of them.
func (w *Workspace) addContent(o map[string]any, f *File) {
	if f.External != "" {
		o["external_type"], o["url_private"], o["external_url"] = "gdrive", f.External, f.External
		return
	}
	name := f.home.team.ID + "-" + f.ID
	o["url_private"] = w.origin + "/files-pri/" + name + "/" + escapeName(f.Name)
	o["url_private_download"] = w.origin + "/files-pri/" + name + "/download/" + escapeName(f.Name)
	if f.Snippet != "" {
		lines := strings.Split(string(f.Data), "\n")
		o["preview"], o["lines"], o["lines_more"] = strings.Join(lines[:min(5, len(lines))], "\n"), len(lines), max(0, len(lines)-5)
		o["edit_link"] = o["permalink"].(string) + "/edit"
	}
	if f.Post {
		o["preview"] = postPreview(string(f.Data))
		o["editor"], o["last_editor"], o["updated"], o["state"] = f.User, f.User, f.Created, "inactive"
	}
	if f.Picture == nil {
		return
	}
	o["original_w"], o["original_h"] = f.Picture.Width, f.Picture.Height
	for _, t := range f.Picture.Thumbs {
		key := "thumb_" + t.Name
		o[key] = w.origin + "/files-tmb/" + name + "-0000000000/" + t.Name + ".png"
		if t.Sized {
			o[key+"_w"], o[key+"_h"] = t.Width, t.Height
		}
	}
}

// postPreview is a text as the document of which Slack makes the preview of a post: a line is a
// paragraph.
func postPreview(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString("<p>" + html.EscapeString(line) + "</p>")
	}
	return "<document>" + b.String() + "</document>"
}

func escapeName(name string) string {
	return strings.NewReplacer("/", "_", " ", "_", "?", "_", "#", "_", "%", "_").Replace(name)
}

// full is the object as files.info and files.list give it, with where it is
// shared.
func (w *Workspace) full(f *File) map[string]any {
	o := w.object(f)
	public, private := map[string]any{}, map[string]any{}
	channels, groups, ims := []string{}, []string{}, []string{}
	for _, s := range f.shares {
		c := w.channels[s.channel]
		if c == nil {
			continue
		}
		entry := map[string]any{"ts": s.ts, "channel_name": c.Name, "team_id": w.team.ID, "reply_users": []string{}, "reply_users_count": 0, "reply_count": 0}
		if m := c.message(s.ts); m != nil && m.IsReply() {
			entry["thread_ts"] = m.ThreadTS
		}
		group := private
		switch c.Kind {
		case Public:
			group, channels = public, append(channels, c.ID)
		case IM:
			ims = append(ims, c.ID)
		default:
			groups = append(groups, c.ID)
		}
		list, _ := group[c.ID].([]any)
		group[c.ID] = append(list, entry)
	}
	shares := map[string]any{}
	if len(public) > 0 {
		shares["public"] = public
	}
	if len(private) > 0 {
		shares["private"] = private
	}
	o["shares"], o["comments_count"] = shares, 0
	o["channels"], o["groups"], o["ims"] = slices.Compact(channels), slices.Compact(groups), slices.Compact(ims)
	return o
}

func (w *Workspace) isPublic(f *File) bool {
	return slices.ContainsFunc(f.shares, func(s share) bool { return w.channels[s.channel] != nil && w.channels[s.channel].Kind == Public })
}

// seenBy says whether an actor may read a file: their own, and what is shared
// where they are.
func (w *Workspace) seenBy(f *File, a Actor) bool {
	if (a.App != "" && f.Owner == a.App) || (a.App == "" && f.User == a.User) {
		return true
	}
	return slices.ContainsFunc(f.shares, func(s share) bool { return w.channels[s.channel] != nil && w.channels[s.channel].has(a.User) })
}
