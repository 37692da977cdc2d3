package slackevent

import "regexp"

// envelopeID is the id's key and value as Slack writes them: a UUID, or in any
// case a short word without escapes.
var envelopeID = regexp.MustCompile(`"envelope_id"\s*:\s*"([0-9A-Za-z._-]{1,64})"`)

// findID finds an envelope's id in a frame that is not valid JSON. The id is "" when
// there is none, or when the frame has several different ones.
func findID(frame []byte) string {
	found := ""
	for _, match := range envelopeID.FindAllSubmatch(frame, -1) {
		if found != "" && found != string(match[1]) {
			return ""
		}
		found = string(match[1])
	}
	return found
}
