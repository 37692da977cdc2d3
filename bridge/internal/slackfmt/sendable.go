package slackfmt

import (
	"strconv"
	"strings"

	"maunium.net/go/mautrix/event"
)

// NothingToSendError is why nothing of a Matrix content is for Slack.
type NothingToSendError struct{ Why string }

// Error implements error.
func (e *NothingToSendError) Error() string { return e.Why }

// Sendable is the one place that decides whether a message of Matrix, or the new
// content of an edit, is for Slack: it returns nil, or a *[NothingToSendError].
func Sendable(content *event.MessageEventContent) error {
	if why := privateToMatrix(content.MsgType); why != "" {
		return &NothingToSendError{why}
	}
	if readMatrix(content, nil) == nil {
		return &NothingToSendError{"there is no text in it"}
	}
	return nil
}

// privateToMatrix is why messages of a type are of use to Matrix clients only, ""
// for all that people say. What is not listed is shown by its body, as Matrix
// clients do it (Matrix specification, "m.room.message msgtypes").
func privateToMatrix(msgType event.MessageType) string {
	switch msgType {
	case event.MsgVerificationRequest:
		return "a request to verify a device is between Matrix clients"
	case "m.bad.encrypted":
		return "it could not be decrypted"
	case "m.server_notice":
		return "it is a notice of the homeserver"
	}
	return ""
}

// place is a link to the place on a map that a message is about, unless its text
// has a link already.
func place(content *event.MessageEventContent) []block {
	coordinates, isGeo := strings.CutPrefix(content.GeoURI, "geo:")
	if !isGeo || strings.Contains(content.Body, "://") {
		return nil
	}
	coordinates, _, _ = strings.Cut(coordinates, ";")
	parts := strings.Split(coordinates, ",")
	if len(parts) < 2 || !isDegrees(parts[0], 90) || !isDegrees(parts[1], 180) {
		return []block{paragraph{plainRuns(clean(content.GeoURI))}}
	}
	lat, lon := parts[0], parts[1]
	address := "https://www.openstreetmap.org/?mlat=" + lat + "&mlon=" + lon + "#map=16/" + lat + "/" + lon
	return []block{paragraph{link(address, plainRuns(lat+", "+lon))}}
}

// isDegrees says whether a text is an angle of at most so many degrees.
func isDegrees(text string, most float64) bool {
	angle, err := strconv.ParseFloat(text, 64)
	return err == nil && angle >= -most && angle <= most && strings.Trim(text, "-.0123456789") == ""
}
