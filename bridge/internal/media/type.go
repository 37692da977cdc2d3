package media

import (
	"mime"
	"net/http"
	"strings"
)

// Class is how a file is shown.
type Class string

// The classes of files.
const (
	Image Class = "image"
	Video Class = "video"
	Audio Class = "audio"
	Other Class = "file"
)

// unknownType is the type of what may be anything.
const unknownType = "application/octet-stream"

// SniffBytes is how much of a file Type looks at.
const SniffBytes = 512

// Type is the type of a file, and how it may be shown: the declared one unless what the
// file begins with says something else. A false picture, video or sound is shown as a
// file of unknown type, so that no client opens it as what it is not.
func Type(declared string, head []byte) (string, Class) {
	found, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	declared, _, _ = mime.ParseMediaType(declared)
	if declared == "" {
		declared = found
	}
	said, is := ClassOf(declared), ClassOf(found)
	switch {
	case said == Other && found == "text/html" && !strings.HasPrefix(declared, "text/"):
		return unknownType, Other
	case said == Other, found == unknownType, said == is && said != Image:
		return declared, said
	case said == Image && is == Image:
		return found, Image
	case said != Image && (is == Audio || is == Video || found == "application/ogg"):
		return declared, said // the container of a video may hold sound alone
	}
	return unknownType, Other
}

// ClassOf is how a file of a type may be shown. A drawing that can hold scripts is a file.
func ClassOf(mimetype string) Class {
	kind, name, _ := strings.Cut(mimetype, "/")
	switch class := Class(kind); {
	case class == Image && strings.HasPrefix(name, "svg"):
		return Other
	case class == Image, class == Video, class == Audio:
		return class
	}
	return Other
}
