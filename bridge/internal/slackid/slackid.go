// Package slackid makes and parses the identifiers under which the bridge keeps
// Slack's things in bridgev2's database. The forms are those of mautrix-slack,
// so that a database of either opens in the other. Every Parse function returns
// an error for input that no Make function gives; none invents a value.
package slackid

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2/networkid"
)

// ErrInvalid is what every Parse function's error wraps.
var ErrInvalid = errors.New("not an id of this bridge")

func invalid(kind, id string) error {
	return fmt.Errorf("%s id %q: %w", kind, id, ErrInvalid)
}

// validPart says whether s can stand as one dash-separated part of an id.
func validPart(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// MakeTeamPortalID names the space of a workspace: the team id alone.
func MakeTeamPortalID(team string) networkid.PortalID { return networkid.PortalID(team) }

// MakePortalID names a conversation: team and channel, `T1-C1`.
func MakePortalID(team, channel string) networkid.PortalID {
	return networkid.PortalID(team + "-" + channel)
}

// ParsePortalID returns team and channel; channel is "" for a workspace's space.
func ParsePortalID(id networkid.PortalID) (team, channel string, err error) {
	team, channel, found := strings.Cut(string(id), "-")
	if !validPart(team) || (found && !validPart(channel)) {
		return "", "", invalid("portal", string(id))
	}
	return team, channel, nil
}

// MakeMessageID names a message: `T1-C1-1700000000.000100`.
func MakeMessageID(team, channel, ts string) networkid.MessageID {
	return networkid.MessageID(team + "-" + channel + "-" + ts)
}

// ParseMessageID returns the three parts of a message's id.
func ParseMessageID(id networkid.MessageID) (team, channel, ts string, err error) {
	parts := strings.Split(string(id), "-")
	if len(parts) != 3 || !validPart(parts[0]) || !validPart(parts[1]) {
		return "", "", "", invalid("message", string(id))
	}
	if _, err := ParseTimestamp(parts[2]); err != nil {
		return "", "", "", fmt.Errorf("message id %q: %w", id, err)
	}
	return parts[0], parts[1], parts[2], nil
}

// MakeUserID names a ghost: team and user in lower case, `t1-u1`.
func MakeUserID(team, user string) networkid.UserID {
	return networkid.UserID(strings.ToLower(team + "-" + user))
}

// ParseUserID returns team and user in Slack's own upper case.
func ParseUserID(id networkid.UserID) (team, user string, err error) {
	team, user, _ = strings.Cut(string(id), "-")
	if !validPart(team) || !validPart(user) || strings.ToLower(string(id)) != string(id) {
		return "", "", invalid("ghost", string(id))
	}
	return strings.ToUpper(team), strings.ToUpper(user), nil
}

// MakeLoginID names a login: team and user, `T1-U1`.
func MakeLoginID(team, user string) networkid.UserLoginID {
	return networkid.UserLoginID(team + "-" + user)
}

// ParseLoginID returns team and user of a login.
func ParseLoginID(id networkid.UserLoginID) (team, user string, err error) {
	team, user, _ = strings.Cut(string(id), "-")
	if !validPart(team) || !validPart(user) {
		return "", "", invalid("login", string(id))
	}
	return team, user, nil
}

// MakeTextPartID names the nth piece of a message's text, counted from 0: the
// first has the empty id, later ones are `text-1`, `text-2`, …
func MakeTextPartID(n int) networkid.PartID {
	if n == 0 {
		return ""
	}
	return networkid.PartID("text-" + strconv.Itoa(n))
}

// copyPrefix begins the ids of parts that show a reply in the channel too.
const copyPrefix = "channel-"

// MakeCopyPartID names the copy of the nth piece of a reply's text, counted from 0, that
// is in the channel.
func MakeCopyPartID(n int) networkid.PartID {
	return networkid.PartID(copyPrefix + strconv.Itoa(n))
}

// IsCopyPartID says whether a part is such a copy.
func IsCopyPartID(part networkid.PartID) bool { return strings.HasPrefix(string(part), copyPrefix) }

// amendmentPrefix begins the ids of parts that show what a message was made in Slack whose
// own event the bridge cannot edit.
const amendmentPrefix = "amendment-"

// MakeAmendmentPartID names the nth piece of such a text, counted from 0.
func MakeAmendmentPartID(n int) networkid.PartID {
	return networkid.PartID(amendmentPrefix + strconv.Itoa(n))
}

// IsAmendmentPartID says whether a part is one of those.
func IsAmendmentPartID(part networkid.PartID) bool {
	return strings.HasPrefix(string(part), amendmentPrefix)
}

// MakeFilePartID names a file of a message: `file-<index>-<file id>`.
func MakeFilePartID(index int, fileID string) networkid.PartID {
	return networkid.PartID(fmt.Sprintf("file-%d-%s", index, fileID))
}

// ParseFilePartID returns index and file id of a file's part.
func ParseFilePartID(part networkid.PartID) (index int, fileID string, err error) {
	rest, isFile := strings.CutPrefix(string(part), "file-")
	number, fileID, _ := strings.Cut(rest, "-")
	index, err = strconv.Atoi(number)
	if !isFile || err != nil || !validPart(fileID) || MakeFilePartID(index, fileID) != part {
		return 0, "", invalid("file part", string(part))
	}
	return index, fileID, nil
}

// ParseTimestamp reads a Slack ts, `<unix seconds>.<6 digits>`, which is also a
// message's id in its channel.
func ParseTimestamp(ts string) (time.Time, error) {
	seconds, fraction, found := strings.Cut(ts, ".")
	s, err := strconv.ParseUint(seconds, 10, 40)
	if err != nil || !found || len(fraction) != 6 {
		return time.Time{}, fmt.Errorf("slack timestamp %q: %w", ts, ErrInvalid)
	}
	micros, err := strconv.ParseUint(fraction, 10, 32)
	if err != nil {
		return time.Time{}, fmt.Errorf("slack timestamp %q: %w", ts, ErrInvalid)
	}
	return time.Unix(int64(s), int64(micros)*1000), nil
}
