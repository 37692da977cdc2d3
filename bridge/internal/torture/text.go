package torture

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// marked finds the tags in a text: s12.0 is message s12 as it was written, s12.3w7
// the seventh word of its third edit.
var marked = regexp.MustCompile(`\b([sm][0-9]+)\.([0-9]+)(?:w([0-9]+))?\b`)

// mark is a tag found in a text. Word is 0 for the tag before the words.
type mark struct {
	tag       string
	rev, word int
}

// marks returns the tags in a text, in their order.
func marks(text string) []mark {
	var found []mark
	for _, match := range marked.FindAllStringSubmatch(text, -1) {
		m := mark{tag: match[1]}
		m.rev, _ = strconv.Atoi(match[2]) // Digits, by the expression.
		m.word, _ = strconv.Atoi(match[3])
		found = append(found, m)
	}
	return found
}

// write makes the text of a revision.
func write(m Message, rev int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.%d", m.Tag, rev)
	if m.Words == 0 {
		b.WriteString(" and a few words")
	}
	for i := range m.Words {
		fmt.Fprintf(&b, " %s.%dw%d", m.Tag, rev, i+1)
	}
	return b.String()
}

// Longer than one part in Matrix (30,000 bytes) and than one post in Slack (4,000
// characters), in numbered words.
const (
	longInSlack  = 2900
	longInMatrix = 700
)
