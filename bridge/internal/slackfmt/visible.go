package slackfmt

import (
	"strings"
	"unicode"
)

// visible says whether people see anything of a document.
func visible(blocks []block) bool {
	for _, b := range blocks {
		if _, line := b.(rule); line {
			return true
		}
	}
	seen := false
	walk(blocks, func(run inline) { seen = seen || run.kind != textRun || isVisible(run.text) })
	return seen
}

// isVisible says whether people see anything of a text.
func isVisible(text string) bool { return strings.ContainsFunc(text, isInk) }

// isInk says whether a character shows something by itself. Some letters are
// made to be blank: fillers of Hangul, and Braille without dots. Some marks only
// choose how others look or join.
func isInk(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\u034f':
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Co) && !unicode.Is(unicode.Variation_Selector, r)
}
