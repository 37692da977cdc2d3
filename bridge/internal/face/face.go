// Package face shows Slack the pictures of Matrix people. Slack fetches the picture of a
// message by its address, without any token, and homeservers show media to their users alone
// than their users; so the bridge has links of its own.
//
// It owns the form of these links, their signatures, and the handler that serves them: the
// homeserver's cropped thumbnail of a picture under which the bridge has posted, from a
// small cache and no faster than the homeserver should be asked. A link names the picture,
// so a new picture has a new link, and it does not end.
//
// The package must not serve anything that it did not sign, nor an original or whatever else
// than a small PNG, JPEG or WebP, and knows neither Slack nor how pictures are fetched and
// remembered.
package face

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
)

// Path is below which the handler serves; a reverse proxy passes this on, and nothing
// else of the bridge's.
const Path = "/_slack-bridge/face/"

// signatureBytes is the length of a signature: no one can try 2^128 links.
const signatureBytes = 16

// Links makes and reads links.
type Links struct {
	// Address is where the world reaches the bridge, without a path of ours.
	Address string
	// Key signs. With it any picture can be fetched under which a person has posted.
	Key secret.String
}

// To returns the link to a picture, "" if the picture's address is not one of Matrix.
func (l Links) To(picture id.ContentURI) string {
	if !picture.IsValid() {
		return ""
	}
	return strings.TrimRight(l.Address, "/") + Path + picture.Homeserver + "/" + picture.FileID + "/" + l.sign("picture", picture.String())
}

// CheckPath returns the path of a link that shows nothing and answers 204: by it the
// doctor finds out whether requests of the world reach this bridge.
func (l Links) CheckPath() string { return Path + "check/" + l.sign("check", "") }

// read returns the picture that a path leads to; ok is false if these links do not.
func (l Links) read(path string) (picture id.ContentURI, ok bool) {
	parts := strings.Split(strings.TrimPrefix(path, Path), "/")
	if len(parts) != 3 {
		return id.ContentURI{}, false
	}
	picture = id.ContentURI{Homeserver: parts[0], FileID: parts[1]}
	if !picture.IsValid() || !hmac.Equal([]byte(parts[2]), []byte(l.sign("picture", picture.String()))) {
		return id.ContentURI{}, false
	}
	return picture, true
}

func (l Links) isCheck(path string) bool { return hmac.Equal([]byte(path), []byte(l.CheckPath())) }

// sign signs a name for one purpose.
func (l Links) sign(purpose, name string) string {
	mac := hmac.New(sha256.New, []byte(l.Key.Reveal()))
	mac.Write([]byte(purpose + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureBytes])
}
