package controlapi

import (
	"net/http"
	"strings"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) fileRoutes() {
	verb(a, "/files/delete", func(r control.FileRequest) (any, error) {
		who, err := a.person(r.User)
		if err != nil {
			return nil, err
		}
		return nil, a.Workspace.DeleteFile(who, r.File)
	})
	verb(a, "/files/rename", func(r control.FileRequest) (any, error) {
		who, err := a.person(r.User)
		if err != nil {
			return nil, err
		}
		return nil, a.Workspace.RenameFile(who, r.File, r.Title)
	})
	view(a, "/files/{file}", func(r *http.Request) (any, error) {
		object, _, _, err := a.Workspace.Bytes(r.PathValue("file"))
		return ptr(object, err)
	})
	a.bytes("/files/{file}/content", a.content)
	a.bytes("/files/{file}/thumbs/{name}", a.thumb)
}

// bytes registers a resource that is not JSON.
func (a *API) bytes(path string, read func(*http.Request) (kind string, data []byte, err error)) {
	a.routes = append(a.routes, path)
	a.mux.HandleFunc("GET "+control.Root+path, func(w http.ResponseWriter, r *http.Request) {
		kind, data, err := read(r)
		if err != nil {
			a.answer(w, nil, err)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Disposition", "attachment") // nothing that people share is a page of this origin
		_, _ = w.Write(data)
	})
}

func (a *API) content(r *http.Request) (string, []byte, error) {
	object, data, _, err := a.Workspace.Bytes(r.PathValue("file"))
	if err != nil {
		return "", nil, err
	}
	kind, _ := object["mimetype"].(string)
	if data == nil {
		return "", nil, workspace.Fail("file_not_found")
	}
	return kind, data, nil
}

func (a *API) thumb(r *http.Request) (string, []byte, error) {
	_, _, pic, err := a.Workspace.Bytes(r.PathValue("file"))
	if err != nil {
		return "", nil, err
	}
	t, ok := pic.Find(strings.TrimSuffix(r.PathValue("name"), ".png"))
	if !ok {
		return "", nil, workspace.Fail("file_not_found")
	}
	return "image/png", t.PNG, nil
}

// newFiles are the files of a request.
func newFiles(list []control.FileContent) ([]workspace.NewFile, error) {
	var out []workspace.NewFile
	for _, f := range list {
		if f.Name == "" || (len(f.Content) == 0 && f.External == "") {
			return nil, workspace.Fail("invalid_arguments", "a file needs a name, and content or an external address")
		}
		n := workspace.NewFile{
			Name: f.Name, Title: f.Title, AltTxt: f.AltText, Snippet: f.Snippet, Post: f.Post, Length: len(f.Content), External: f.External, Thin: f.Thin, Extra: f.Extra,
		}
		if f.External == "" {
			n.Data = f.Content
		}
		out = append(out, n)
	}
	return out, nil
}
