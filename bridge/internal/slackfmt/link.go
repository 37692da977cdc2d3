package slackfmt

import (
	"net/url"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// linkable says whether an address may become a link on the other side. The
// schemes are those that the Matrix specification permits in href.
func linkable(address string) bool {
	scheme, rest, found := strings.Cut(address, ":")
	if !found || rest == "" || strings.ContainsAny(address, " \t\r\n\x00") {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp":
		return strings.HasPrefix(rest, "//") && len(rest) > 2
	case "mailto", "magnet":
		return true
	}
	return false
}

// lowerScheme writes the scheme of a linkable address as readers of control
// sequences expect it (RFC 3986, 6.2.2.1: case does not count in it).
func lowerScheme(address string) string {
	if !linkable(address) {
		return address
	}
	scheme, rest, _ := strings.Cut(address, ":")
	return strings.ToLower(scheme) + ":" + rest
}

// link makes runs a link, or the address itself where they show nothing. An address
// that may not be a link stays readable behind the text.
func link(address string, runs []inline) []inline {
	if address = lowerScheme(clean(address)); address != "" && !visible([]block{paragraph{runs}}) {
		runs = plainRuns(address)
	}
	if !linkable(address) {
		if address == "" || runsText(runs) == address {
			return runs
		}
		return append(runs, inline{text: " (" + address + ")"})
	}
	out, linked := slices.Clone(runs), false
	for i := 0; i < len(out); i++ {
		end := i
		for end < len(out) && out[end].kind == textRun {
			end++
		}
		if isVisible(runsText(out[i:end])) { // a link that shows nothing cannot be followed
			linked = true
			for j := i; j < end; j++ {
				out[j].url = address
			}
		}
		i = end
	}
	if !linked { // mentions and pictures alone, which lead elsewhere
		out = append(out, inline{text: " ("}, inline{text: address, url: address}, inline{text: ")"})
	}
	return out
}

// matrixTo is what every link to something on Matrix begins with (Matrix
// specification, appendices, "matrix.to navigation").
const matrixTo = "https://matrix.to/#/"

// userLink is the link that mentions a Matrix user.
func userLink(user id.UserID) string { return matrixTo + url.PathEscape(string(user)) }

// matrixTarget reads a matrix.to or matrix: address: the user (`@…`), room (`!…`)
// or alias (`#…`) that it leads to, "" for any other address, and the event in
// that room or "".
func matrixTarget(address string) (target, eventID string) {
	rest, found := strings.CutPrefix(address, matrixTo)
	if !found {
		uri, err := id.ParseMatrixURI(address)
		if err != nil {
			return "", ""
		}
		return uri.PrimaryIdentifier(), uri.SecondaryIdentifier()
	}
	rest, _, _ = strings.Cut(rest, "?")
	first, second, _ := strings.Cut(rest, "/")
	target, err := url.PathUnescape(first)
	if err != nil || len(target) < 2 || !strings.ContainsRune("@!#", rune(target[0])) {
		return "", ""
	}
	eventID, err = url.PathUnescape(second)
	if err != nil {
		return "", ""
	}
	return target, eventID
}

// mentionedUser is the Matrix user that a link leads to, or "".
func mentionedUser(address string) id.UserID {
	if target, _ := matrixTarget(address); strings.HasPrefix(target, "@") {
		return id.UserID(target)
	}
	return ""
}
