package media_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/media"
)

func TestName(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf":           "report.pdf",
		"../../etc/passwd":     "passwd",
		`C:\Windows\a.exe`:     "a.exe",
		"a/":                   "file",
		"":                     "file",
		"..":                   "file",
		" \t ":                 "file",
		".bashrc":              ".bashrc",
		"invoice\u202efdp.exe": "invoicefdp.exe",
		"two\nlines\x00.txt":   "twolines.txt",
		"bad\xff.txt":          "bad.txt",
		"Übersicht für März 👩\u200d💻.pdf":  "Übersicht für März 👩\u200d💻.pdf",
		strings.Repeat("ä", 150) + ".jpeg": strings.Repeat("ä", 97) + ".jpeg",
		strings.Repeat("x", 300):           strings.Repeat("x", 200),
		"a." + strings.Repeat("x", 300):    "a." + strings.Repeat("x", 198),
		strings.Repeat("x", 199) + " y":    strings.Repeat("x", 199),
	} {
		require.Equal(t, want, media.Name(given))
	}
}

func FuzzName(f *testing.F) {
	f.Add("a/../b.txt")
	f.Fuzz(func(t *testing.T, given string) {
		name := media.Name(given)
		require.True(t, name != "" && name != "." && name != ".." && len(name) <= 200 && utf8.ValidString(name))
		require.NotContains(t, name, "/")
		require.Equal(t, name, media.Name(name))
	})
}

func TestType(t *testing.T) {
	const (
		png  = "\x89PNG\x0D\x0A\x1A\x0A"
		jpeg = "\xFF\xD8\xFF"
		mp4  = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42mp41"
		ogg  = "OggS\x00"
		page = "<!DOCTYPE html><html>"
		zip  = "PK\x03\x04"
	)
	for name, tc := range map[string]struct {
		declared, head, mimetype string
		class                    media.Class
	}{
		"a picture":                    {"image/png", png, "image/png", media.Image},
		"a picture by another name":    {"image/png", jpeg, "image/jpeg", media.Image},
		"a picture that is unknown":    {"image/heic", "\x00\x00", "image/heic", media.Image},
		"no picture":                   {"image/png", zip, "application/octet-stream", media.Other},
		"a page for a picture":         {"image/png", page, "application/octet-stream", media.Other},
		"a page for a document":        {"application/pdf", page, "application/octet-stream", media.Other},
		"a page":                       {"text/html", page, "text/html", media.Other},
		"a page's source":              {"text/plain", page, "text/plain", media.Other},
		"a drawing":                    {"image/svg+xml", "<svg>", "image/svg+xml", media.Other},
		"a video":                      {"video/mp4", mp4, "video/mp4", media.Video},
		"sound in a video's container": {"audio/mp4", mp4, "audio/mp4", media.Audio},
		"sound":                        {"audio/ogg", ogg, "audio/ogg", media.Audio},
		"a video that is a picture":    {"video/mp4", png, "application/octet-stream", media.Other},
		"sound that is text":           {"audio/mpeg", "hello", "application/octet-stream", media.Other},
		"nothing declared":             {"", png, "image/png", media.Image},
		"nothing known":                {"", "\x00\x00", "application/octet-stream", media.Other},
		"with parameters":              {"text/plain; charset=utf-8", "hello", "text/plain", media.Other},
	} {
		t.Run(name, func(t *testing.T) {
			mimetype, class := media.Type(tc.declared, []byte(tc.head))
			require.Equal(t, tc.mimetype, mimetype)
			require.Equal(t, tc.class, class)
		})
	}
}
