package web

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxBody is the largest request body taken, in bytes.
const maxBody = 4 << 20

// Args are a call's arguments: objects and lists as JSON text.
type Args map[string]string

// sent is what a request carries: its arguments, the token that may stand among
// them, warnings for the answer's response_metadata, and why it cannot be read.
type sent struct {
	args     Args
	token    string
	warnings []string
	err      error
}

// readArgs reads what a request carries.
func readArgs(r *http.Request, m Method) sent {
	args := Args{}
	addValues(args, r.URL.Query())
	if r.Method != http.MethodPost {
		return sent{args: args}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return sent{args: args, err: workspace.Fail("request_timeout")}
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		if len(body) > 0 {
			err = workspace.Fail("missing_post_type")
		}
		return sent{args: args, err: err}
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return sent{args: args, err: workspace.Fail("invalid_post_type")}
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "iso-8859-1") {
		return sent{args: args, err: workspace.Fail("invalid_charset")}
	}
	out := sent{args: args}
	switch kind {
	case "application/x-www-form-urlencoded":
		out.token, out.err = readForm(args, body)
		if params["charset"] != "" {
			out.warnings = append(out.warnings, "superfluous_charset")
		}
	case "multipart/form-data":
		out.token, out.err = readMultipart(args, body, params["boundary"])
	case "application/json":
		if params["charset"] == "" {
			out.warnings = append(out.warnings, "missing_charset")
		}
		out.err = readJSON(args, body, m)
	default:
		out.err = workspace.Fail("invalid_post_type")
	}
	return out
}

func readForm(args Args, body []byte) (token string, err error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return "", workspace.Fail("invalid_form_data")
	}
	return addValues(args, values), nil
}

func addValues(args Args, values url.Values) (token string) {
	for name, list := range values {
		if name == "token" {
			token = list[0]
			continue
		}
		args[name] = list[0]
	}
	return token
}

func readMultipart(args Args, body []byte, boundary string) (token string, err error) {
	if boundary == "" {
		return "", workspace.Fail("invalid_form_data")
	}
	form, err := multipartForm(body, boundary)
	if err != nil {
		return "", workspace.Fail("invalid_form_data")
	}
	return addValues(args, form), nil
}

// readJSON reads a JSON body. A method that takes none does not see it.
func readJSON(args Args, body []byte, m Method) error {
	if !m.JSON || len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return workspace.Fail("invalid_json")
	}
	for name, raw := range object {
		var text string
		switch {
		case name == "token" || string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			args[name] = text
		default:
			args[name] = string(raw)
		}
	}
	return nil
}
