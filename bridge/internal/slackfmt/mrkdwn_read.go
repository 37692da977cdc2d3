package slackfmt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fence opens and closes a block of code in mrkdwn.
const fence = "```"

// unescaper undoes Slack's escaping, which knows these three and no others
// (Slack docs: "Formatting text for app surfaces", escaping text).
var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// mrkdwn reads Slack's text: escaped, with control sequences in angle brackets
// and markers at word boundaries.
func (r *slackReader) mrkdwn(text string) []block {
	text = clean(text)
	var blocks []block
	for {
		start := strings.Index(text, fence)
		if start < 0 {
			break
		}
		length := strings.Index(text[start+len(fence):], fence)
		if length <= 0 {
			break
		}
		body := text[start+len(fence) : start+len(fence)+length]
		blocks = append(blocks, r.lines(strings.TrimSuffix(strings.TrimRight(text[:start], " "), "\n"))...)
		blocks = append(blocks, codeBlock{text: strings.Trim(r.code(body), "\n")})
		text = strings.TrimPrefix(strings.TrimLeft(text[start+length+2*len(fence):], " "), "\n")
	}
	return append(blocks, r.lines(text)...)
}

// lines reads text without code blocks: paragraphs, and quotes where lines begin
// with ">".
func (r *slackReader) lines(text string) []block {
	var blocks []block
	var plain, quoted []string
	flush := func() {
		if len(plain) > 0 {
			if runs := r.line(strings.Join(plain, "\n")); len(runs) > 0 {
				blocks = append(blocks, paragraph{runs})
			}
		}
		if len(quoted) > 0 {
			if inside := asParagraph(r.line(strings.Join(quoted, "\n"))); len(inside) > 0 {
				blocks = append(blocks, quote{inside})
			}
		}
		plain, quoted = nil, nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		marked, isQuote := cutQuote(line)
		if isQuote != (len(quoted) > 0) {
			flush()
		}
		if rest, all := strings.CutPrefix(line, "&gt;&gt;&gt;"); all {
			flush()
			quoted = append([]string{strings.TrimPrefix(rest, " ")}, lines[i+1:]...)
			break
		}
		if isQuote {
			quoted = append(quoted, marked)
		} else {
			plain = append(plain, line)
		}
	}
	flush()
	return blocks
}

func cutQuote(line string) (rest string, ok bool) {
	for _, marker := range []string{"&gt;", ">"} {
		if rest, ok = strings.CutPrefix(line, marker); ok {
			return strings.TrimPrefix(rest, " "), true
		}
	}
	return line, false
}

// code reads text in which only escapes and control sequences count.
func (r *slackReader) code(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			break
		}
		b.WriteString(unescaper.Replace(text[:i]))
		runs, size := r.control(text[i:], style{})
		if size == 0 {
			b.WriteByte('<')
			size = 1
		}
		b.WriteString(plainLine(runs))
		text = text[i+size:]
	}
	return b.String() + unescaper.Replace(text)
}

// line reads marked-up text into runs.
func (r *slackReader) line(text string) []inline {
	s := scanner{reader: r, text: clean(text)}
	s.scan(0, len(s.text), style{})
	return merge(s.out)
}

// label reads text that Slack shows without styles, a title for example: emoji,
// escapes and control sequences count, markers do not.
func (r *slackReader) label(text string) []inline {
	s := scanner{reader: r, text: clean(text), unmarked: true}
	s.scan(0, len(s.text), style{})
	return merge(s.out)
}

// scanner finds the markers in one piece of mrkdwn.
type scanner struct {
	reader *slackReader
	text   string
	out    []inline
	// unmarked says that markers are literal.
	unmarked bool
	// literal is where the text begins that no run was made of yet.
	literal int
	// barren[m] is the end of the stretch in which marker m has no partner, so
	// that no text makes the search quadratic.
	barren [128]int
}

// scan reads text[from:to], which looks as given.
func (s *scanner) scan(from, to int, look style) {
	s.literal = from
	for i := from; i < to; {
		next := i + 1
		switch c := s.text[i]; c {
		case '<':
			if runs, size := s.reader.control(s.text[i:to], look); size > 0 {
				s.flush(i, look)
				s.out = append(s.out, runs...)
				s.literal, next = i+size, i+size
			}
		case '`', '*', '_', '~':
			if end := s.partner(i, to, look); end > 0 {
				s.flush(i, look)
				s.marked(c, i+1, end, look)
				s.literal, next = end+1, end+1
			}
		case ':':
			if emoji, size := s.reader.leadingEmoji(s.text[i:to], look); size > 0 {
				s.flush(i, look)
				s.out = append(s.out, emoji)
				s.literal, next = i+size, i+size
			}
		}
		i = next
	}
	s.flush(to, look)
}

// flush makes a run of the literal text before end.
func (s *scanner) flush(end int, look style) {
	if s.literal < end {
		s.out = append(s.out, inline{text: unescaper.Replace(s.text[s.literal:end]), style: look})
	}
	s.literal = end
}

// marked reads what stands between two markers.
func (s *scanner) marked(marker byte, from, to int, look style) {
	switch marker {
	case '`':
		look.code = true
		s.out = append(s.out, inline{text: s.reader.code(s.text[from:to]), style: look})
		return
	case '*':
		look.bold = true
	case '_':
		look.italic = true
	case '~':
		look.strike = true
	}
	s.scan(from, to, look)
}

// partner returns the index of the marker that closes the one at i, or 0. A
// marker opens where a word may begin and before something that is not a space, and
// closes after something that is not a space and before something that is not a word,
// on the same line; two of them together do not count.
func (s *scanner) partner(i, to int, look style) int {
	marker := s.text[i]
	if s.unmarked || s.active(marker, look) || i < s.barren[marker] || !s.opens(i) || s.blankAfter(i, to) {
		return 0
	}
	for j := i + 1; j < to && s.text[j] != '\n'; j++ {
		switch c := s.text[j]; {
		case c == '<' && marker != '`':
			if end := strings.IndexByte(s.text[j:to], '>'); end > 0 && !strings.ContainsAny(s.text[j+1:j+end], "<\n") {
				j += end
			}
		case c == '`' && marker != '`':
			if end := strings.IndexByte(s.text[j+1:to], '`'); end > 0 && !strings.Contains(s.text[j+1:j+1+end], "\n") {
				j += end + 1
			}
		case c == marker && j > i+1 && s.closes(j, to):
			return j
		}
	}
	s.barren[marker] = lineEnd(s.text, i, to)
	return 0
}

func lineEnd(text string, from, to int) int {
	if n := strings.IndexByte(text[from:to], '\n'); n >= 0 {
		return from + n
	}
	return to
}

func (s *scanner) active(marker byte, look style) bool {
	return marker == '*' && look.bold || marker == '_' && look.italic || marker == '~' && look.strike
}

func (s *scanner) closes(j, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s.text[:j])
	if s.text[j] != '`' && (unicode.IsSpace(before) || before == rune(s.text[j])) {
		return false
	}
	if j+1 >= to {
		return true
	}
	after, _ := utf8.DecodeRuneInString(s.text[j+1 : to])
	return !isWord(after) && after != rune(s.text[j])
}

// opens says whether a marker at i may open: not within a word, and not after
// what belongs to a path, an address or a face such as ¯\_(ツ)_/¯.
func (s *scanner) opens(i int) bool {
	before, size := utf8.DecodeLastRuneInString(s.text[:i])
	return size == 0 || !isWord(before) && before != rune(s.text[i]) && !strings.ContainsRune(`\/@)]}`, before)
}

func (s *scanner) blankAfter(i, to int) bool {
	if i+1 >= to {
		return true
	}
	after, _ := utf8.DecodeRuneInString(s.text[i+1 : to])
	return s.text[i] != '`' && (unicode.IsSpace(after) || after == rune(s.text[i]))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
