package slackfmt

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"
)

// addresses makes mentions and links of the matrix.to addresses in plain text that lead
// to what is in Slack: clients show them as such, and copy them as text.
func (r *matrixReader) addresses(runs []inline) []inline {
	return replaceMatches(runs, bareAddress, func(run inline) []inline {
		address := run.text
		target, _ := matrixTarget(address)
		if target == "" || !strings.HasPrefix(address, matrixTo) {
			return nil
		}
		if target[0] == '@' {
			if slackID, _ := r.resolve.User(id.UserID(target)); slackID == "" {
				return nil
			}
			run.text = target
		}
		if read := r.link(address, []inline{run}); read[0].url != address {
			return read
		}
		return nil
	})
}

// alias finds what could be the alias of a room (Matrix specification, "Room aliases").
var alias = regexp.MustCompile(`#[^\s:#@/]+:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]+)?`)

// aliases makes mentions of the aliases of rooms that are channels.
func (r *matrixReader) aliases(runs []inline) []inline {
	return replaceMatches(runs, alias, func(run inline) []inline {
		if channel := r.resolve.Channel(run.text); channel != "" {
			return []inline{{kind: channelMention, id: channel, text: run.text, style: run.style}}
		}
		return nil
	})
}

// handle finds what could be the handle of a user group, or one of the words that
// address everybody.
var handle = regexp.MustCompile(`@[\pL\pN]+(?:[._-]+[\pL\pN]+)*`)

// groups makes mentions of the handles of user groups.
func (r *matrixReader) groups(runs []inline) []inline {
	return replaceMatches(runs, handle, func(run inline) []inline {
		if group := r.resolve.UserGroup(run.text[1:]); group != "" {
			return []inline{{kind: groupMention, id: group, text: run.text, style: run.style}}
		}
		return nil
	})
}

// everybody makes `@room` a mention of the channel if the sender meant it, and the words
// by which Slack addresses everybody what they are there.
func (r *matrixReader) everybody(runs []inline) []inline {
	return replaceMatches(runs, handle, func(run inline) []inline {
		reach := run.text[1:]
		switch reach {
		case "room":
			if r.mentions == nil || !r.mentions.Room {
				return nil
			}
			reach = "channel"
		case "here", "channel", "everyone":
			if !r.resolve.MayNotifyAll() {
				return nil
			}
		default:
			return nil
		}
		return []inline{{kind: broadcast, id: reach, text: "@" + reach, style: run.style}}
	})
}

// replaceMatches replaces what a pattern finds in plain text, where it stands alone and
// replace returns anything for it.
func replaceMatches(runs []inline, pattern *regexp.Regexp, replace func(inline) []inline) []inline {
	var out []inline
	for _, run := range runs {
		if run.kind != textRun || run.url != "" || run.style.code {
			out = append(out, run)
			continue
		}
		text, last := run.text, 0
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			if !standsAlone(text, at[0], at[1]) {
				continue
			}
			found := run
			found.text = text[at[0]:at[1]]
			if instead := replace(found); instead != nil {
				before := run
				before.text = text[last:at[0]]
				out = append(append(out, before), instead...)
				last = at[1]
			}
		}
		run.text = text[last:]
		out = append(out, run)
	}
	return merge(out)
}

// standsAlone says whether text[at:end] has no word and no address around it.
func standsAlone(text string, at, end int) bool {
	after, _ := utf8.DecodeRuneInString(text[end:])
	return startsAlone(text, at) && (end == len(text) || !isWord(after))
}
