package web

import (
	"bytes"
	"mime/multipart"
	"net/url"
)

// multipartForm returns the fields of a multipart body; files are no business of
// the methods served here.
func multipartForm(body []byte, boundary string) (url.Values, error) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(maxBody)
	if err != nil {
		return nil, err
	}
	defer func() { _ = form.RemoveAll() }()
	return form.Value, nil
}
