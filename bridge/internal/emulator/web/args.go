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

// readArgs reads the arguments of a request and the token that may stand among
// them. warnings are for the answer's response_metadata.
func readArgs(r *http.Request, m Method) (args Args, token string, warnings []string, err error) {
	args = Args{}
	addValues(args, r.URL.Query())
	delete(args, "token") // tokens in queries are refused (Slack docs: authentication)
	if r.Method != http.MethodPost {
		return args, "", nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, "", nil, workspace.Fail("request_timeout")
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		if len(body) > 0 {
			return nil, "", nil, workspace.Fail("missing_post_type")
		}
		return args, "", nil, nil
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, "", nil, workspace.Fail("invalid_post_type")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "iso-8859-1") {
		return nil, "", nil, workspace.Fail("invalid_charset")
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, "", nil, workspace.Fail("invalid_form_data")
		}
		token = addValues(args, values)
		if params["charset"] != "" {
			warnings = append(warnings, "superfluous_charset")
		}
	case "multipart/form-data":
		token, err = readMultipart(args, body, params["boundary"])
	case "application/json":
		if params["charset"] == "" {
			warnings = append(warnings, "missing_charset")
		}
		err = readJSON(args, body, m)
	default:
		err = workspace.Fail("invalid_post_type")
	}
	return args, token, warnings, err
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
