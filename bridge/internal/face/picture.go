package face

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // for image.DecodeConfig
	_ "image/png"
	"io"
	"net/http"
)

const (
	// Side is the width and height of the thumbnail that the homeserver is asked for, in
	// pixels. Slack shows pictures of messages in 36, and twice that on fine screens; every
	// homeserver has 96 (Synapse's and continuwuity's sizes for cropping are 32 and 96).
	Side = 96
	// maxSide is the largest that is shown: homeservers may answer with their next size,
	// but not with the original.
	maxSide = 320
	// maxBytes is how large a picture may be.
	maxBytes = 256 << 10
)

// ErrNone is why a picture is not shown that can never be: the homeserver does not have it,
// or it is not one to be shown.
var ErrNone = errors.New("there is no such picture")

// picture is what is shown.
type picture struct {
	contentType string
	bytes       []byte
}

// readPicture reads a thumbnail. What it is its bytes say, whatever it is called; an SVG,
// for one, is a program and not shown.
func readPicture(from io.Reader) (*picture, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the thumbnail: %w", err)
	}
	if len(content) > maxBytes {
		return nil, fmt.Errorf("%w: it is larger than %d kB", ErrNone, maxBytes>>10)
	}
	contentType := http.DetectContentType(content)
	width, height, err := size(contentType, content)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	case width < 1 || height < 1 || width > maxSide || height > maxSide:
		return nil, fmt.Errorf("%w: %d × %d pixels are not a thumbnail's", ErrNone, width, height)
	}
	return &picture{contentType, content}, nil
}

// size returns the pixels of a picture of a type that is shown.
func size(contentType string, content []byte) (width, height int, err error) {
	switch contentType {
	case "image/png", "image/jpeg":
		config, _, err := image.DecodeConfig(bytes.NewReader(content))
		return config.Width, config.Height, err
	case "image/webp":
		return webpSize(content)
	default:
		return 0, 0, errors.New("it is not a PNG, JPEG or WebP")
	}
}

// webpSize reads the pixels of a WebP from its first chunk (RFC 9649, sections 2.5 to 2.7;
// for lossy ones RFC 6386, section 9.1, for lossless ones RFC 9649, section 3.4).
func webpSize(content []byte) (width, height int, err error) {
	if len(content) < 30 {
		return 0, 0, errors.New("the WebP is cut off")
	}
	b := func(i int) int { return int(content[i]) }
	switch string(content[12:16]) {
	case "VP8X":
		return 1 + b(24) + b(25)<<8 + b(26)<<16, 1 + b(27) + b(28)<<8 + b(29)<<16, nil
	case "VP8L":
		bits := b(21) | b(22)<<8 | b(23)<<16 | b(24)<<24
		return 1 + bits&0x3fff, 1 + bits>>14&0x3fff, nil
	case "VP8 ":
		return (b(26) | b(27)<<8) & 0x3fff, (b(28) | b(29)<<8) & 0x3fff, nil
	}
	return 0, 0, errors.New("the WebP begins with no picture")
}
