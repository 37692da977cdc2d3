package slackfmt

import (
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"
)

// called makes mentions of the people of Matrix whom a text calls by "@" and their exact
// display name, localpart or user id: Slack knows no mention for them. It takes the longest name
// that ends where a word may; one that several people have is left as text, and so is all
// code.
func (r *slackReader) called(blocks []block) []block {
	found := false
	walk(blocks, func(run inline) { found = found || callable(run) })
	if !found {
		return blocks
	}
	names := namesOf(r.resolve.Members())
	return rewrite(blocks, func(runs []inline) []inline {
		var out []inline
		for _, run := range runs {
			if callable(run) {
				out = append(out, names.in(run)...)
			} else {
				out = append(out, run)
			}
		}
		return out
	})
}

// callable says whether a run may call people: an address of mail does not.
func callable(run inline) bool {
	if run.kind != textRun || run.url != "" || run.style.code {
		return false
	}
	for from := 0; ; {
		at := strings.IndexByte(run.text[from:], '@')
		if at < 0 {
			return false
		}
		if startsAlone(run.text, from+at) {
			return true
		}
		from += at + 1
	}
}

// callNames are the people of a room by their names; "" for a name that mentions no one,
// because several people have it, or Slack mentions who has it.
type callNames struct {
	user    map[string]id.UserID
	longest int
}

func namesOf(members []Member) callNames {
	names := callNames{user: map[string]id.UserID{}}
	owner := map[string]id.UserID{}
	for _, member := range members {
		full := strings.TrimPrefix(string(member.User), "@")
		localpart, _, _ := strings.Cut(full, ":")
		for _, name := range []string{OneLine(member.Name), localpart, full} {
			other, taken := owner[name]
			switch {
			case name == "" || other == member.User:
			case taken || member.InSlack:
				names.user[name] = ""
			default:
				names.user[name] = member.User
			}
			if !taken {
				owner[name] = member.User
			}
			names.longest = max(names.longest, len(name))
		}
	}
	return names
}

// in makes the mentions in one run.
func (n callNames) in(run inline) []inline {
	var out []inline
	text, from := run.text, 0
	for {
		at := strings.IndexByte(text[from:], '@')
		if at < 0 {
			break
		}
		at += from
		from = at + 1
		name := n.at(text, at)
		if user := n.user[name]; user != "" {
			before := run
			before.text = text[:at]
			out = append(out, before, inline{kind: userMention, text: "@" + name, url: userLink(user), style: run.style})
			text, from = text[at+1+len(name):], 0
		}
	}
	run.text = text
	return merge(append(out, run))
}

// at is the longest name that text[at:], which begins with "@", calls, or "".
func (n callNames) at(text string, at int) string {
	rest := text[at+1:]
	for end := min(n.longest, len(rest)); end > 0; end-- {
		if _, known := n.user[rest[:end]]; known && startsAlone(text, at) && endsAlone(rest[end:]) {
			return rest[:end]
		}
	}
	return ""
}

// startsAlone says whether what begins at text[at] is no part of a word or an address, nor
// between ticks that were typed for code.
func startsAlone(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	return at == 0 || !isWord(before) && !strings.ContainsRune("/@._-`", before)
}

// endsAlone says whether what comes before rest ends there: rest begins with no word, and
// with no sign that goes on in a name or an address.
func endsAlone(rest string) bool {
	after, size := utf8.DecodeRuneInString(rest)
	if size == 0 {
		return true
	}
	if strings.ContainsRune("-_.:/@", after) {
		after, _ = utf8.DecodeRuneInString(rest[size:])
	}
	return !isWord(after)
}
