package operator

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteStatus prints a status for people, one thing a line.
func WriteStatus(w io.Writer, s Status, now time.Time) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, parts ...string) {
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
		fmt.Fprintf(columns, "%s\t%s\n", name, Plain(strings.Join(parts, ", ")))
	}
	line("bridge", s.Phase, s.Doing, "started "+ago(now, s.Started), "version "+s.Version)
	for _, login := range s.Logins {
		line("slack", loginParts(login, now)...)
		for _, wait := range login.Waits {
			line("", fmt.Sprintf("%s waits for a limit of Slack's for %s more", wait.Method, span(wait.Until.Sub(now))), calls(wait.Calls))
		}
	}
	if len(s.Logins) == 0 {
		line("slack", "no login")
	}
	line("homeserver", homeserverParts(s.Homeserver, now)...)
	for _, source := range s.Inbox {
		line("from "+origin(source.Source), sourceParts(source, now)...)
	}
	if s.Incomplete != "" {
		line("", "what is parked is not known: "+s.Incomplete)
	}
	reading := ""
	if s.Reading > 0 {
		reading = fmt.Sprintf("%d are read for what was missed", s.Reading)
	}
	filling := ""
	if s.Filling.Rooms > 0 {
		filling = fmt.Sprintf("%d get what was said before: %d of %d messages are in them", s.Filling.Rooms, s.Filling.Sent, s.Filling.Found)
	}
	line("rooms", strconv.Itoa(s.Rooms), reading, filling)
	return columns.Flush()
}

func loginParts(login LoginStatus, now time.Time) []string {
	parts := []string{login.Login, login.State}
	if !login.Since.IsZero() {
		parts[1] += " for " + Age(now, login.Since)
	}
	if !login.Usable() {
		parts = append(parts, login.Message)
	}
	if !login.Next.IsZero() {
		parts = append(parts, "the next attempt in "+span(login.Next.Sub(now)))
	}
	if !login.Lost.IsZero() {
		parts = append(parts, fmt.Sprintf("the last socket ended %s (%s)", ago(now, login.Lost), login.LostReason))
	}
	if !login.RoomsReady {
		parts = append(parts, "the rooms are being made")
	}
	return parts
}

func homeserverParts(h HomeserverStatus, now time.Time) []string {
	transactions := map[string]string{"starting": "transactions wait for the start", "draining": "transactions are refused"}[h.Transactions]
	switch {
	case h.Delivers:
		return []string{"delivers, proven " + ago(now, h.Proven), transactions}
	case h.Refused:
		return []string{"does not accept the as_token: `slack-bridge doctor` says what to do", transactions}
	case !h.IsSilent(now):
		return []string{"whether it delivers is not known yet", transactions}
	default:
		return []string{"does not deliver: a probe has been away for " + Age(now, h.Waiting), transactions}
	}
}

func sourceParts(source SourceStatus, now time.Time) []string {
	parts := []string{fmt.Sprintf("%d waiting", source.Waiting)}
	if !source.Oldest.IsZero() {
		parts[0] += ", the first for " + Age(now, source.Oldest)
	}
	if source.Parked > 0 {
		parts = append(parts, fmt.Sprintf("%d parked (`slack-bridge inbox list`)", source.Parked))
	}
	if !source.Received.IsZero() {
		parts = append(parts, "the last came "+ago(now, source.Received))
	}
	if !source.Done.IsZero() {
		parts = append(parts, "the last was done "+ago(now, source.Done))
	}
	return parts
}

// origin is how a source is called.
func origin(source string) string {
	if login, ok := strings.CutPrefix(source, "slack:"); ok {
		return login
	}
	return source
}

func calls(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d calls in line", n)
}

func ago(now, then time.Time) string {
	if then.IsZero() {
		return "never"
	}
	return Age(now, then) + " ago"
}

// span is how long something still takes.
func span(d time.Duration) string { return max(d, 0).Round(time.Second).String() }
