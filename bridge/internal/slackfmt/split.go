package slackfmt

import (
	"sort"
	"unicode"
	"unicode/utf8"
)

// split divides a document into the fewest pieces that fits accepts, as long as
// it cuts at bounds that people expect: between blocks, else after a blank line,
// a line, a word, and only then within one. What is cut goes on in the next piece
// as the same kind of block. A block that cannot be cut small enough becomes
// text; a single character that does not fit is a piece all the same.
func split(blocks []block, fits func([]block) bool) [][]block {
	var pieces [][]block
	for len(blocks) > 0 {
		if fits(blocks) {
			return append(pieces, blocks)
		}
		head, tail, ok := cutBlocks(blocks, fits)
		if !ok {
			if _, text := blocks[0].(paragraph); !text {
				loose := paragraph{plainRuns(blocks[0].plain())}
				blocks = append([]block{loose}, blocks[1:]...)
				continue
			}
			head, tail = blocks[:1], blocks[1:]
		}
		pieces = append(pieces, head)
		blocks = tail
	}
	return pieces
}

// cutBlocks divides blocks so that head fits. A block that fits a piece of its
// own is not cut.
func cutBlocks(blocks []block, fits func([]block) bool) (head, tail []block, ok bool) {
	n := longest(len(blocks), func(n int) bool { return fits(blocks[:n]) })
	if n == len(blocks) || n > 0 && fits(blocks[n:n+1]) {
		return blocks[:n], blocks[n:], true
	}
	before := blocks[:n:n]
	first, rest, ok := blocks[n].cut(func(b block) bool { return fits(append(before, b)) })
	if !ok {
		return before, blocks[n:], n > 0
	}
	return append(before, first), append(rest, blocks[n+1:]...), true
}

// longest is the largest n up to most that is accepted, if all below it are; 0
// is taken to be. It doubles n before it searches, so that what is tried is never
// much larger than what is found.
func longest(most int, accepted func(int) bool) int {
	low, high := 0, 1
	for high <= most && accepted(high) {
		low, high = high, 2*high
	}
	return low + sort.Search(min(high-1, most)-low, func(n int) bool { return !accepted(low + n + 1) })
}

func (p paragraph) cut(fits func(block) bool) (block, []block, bool) {
	head, tail, ok := cutRuns(p.runs, func(runs []inline) bool { return fits(paragraph{runs}) })
	return paragraph{head}, []block{paragraph{tail}}, ok
}

func (h heading) cut(fits func(block) bool) (block, []block, bool) {
	head, tail, ok := cutRuns(h.runs, func(runs []inline) bool { return fits(heading{h.level, runs}) })
	return heading{h.level, head}, []block{heading{h.level, tail}}, ok
}

func (c codeBlock) cut(fits func(block) bool) (block, []block, bool) {
	head, tail, ok := cutRuns(plainRuns(c.text), func(runs []inline) bool {
		return fits(codeBlock{runsText(runs), c.language})
	})
	return codeBlock{runsText(head), c.language}, []block{codeBlock{runsText(tail), c.language}}, ok
}

func (q quote) cut(fits func(block) bool) (block, []block, bool) {
	head, tail, ok := cutBlocks(q.blocks, func(blocks []block) bool { return fits(quote{blocks}) })
	return quote{head}, []block{quote{tail}}, ok
}

// cut divides a list between items, or within one that is too long for a piece:
// then the rest of that item follows without a marker.
func (l list) cut(fits func(block) bool) (block, []block, bool) {
	upTo := func(items [][]block) list { return list{l.ordered, l.start, items} }
	n := longest(len(l.items), func(n int) bool { return fits(upTo(l.items[:n])) })
	before := l.items[:n:n]
	if n == len(l.items) || n > 0 && fits(upTo(l.items[n:n+1])) {
		return upTo(before), []block{list{l.ordered, l.start + n, l.items[n:]}}, true
	}
	head, tail, ok := cutBlocks(l.items[n], func(item []block) bool { return fits(upTo(append(before, item))) })
	if !ok {
		return upTo(before), []block{list{l.ordered, l.start + n, l.items[n:]}}, n > 0
	}
	if rest := l.items[n+1:]; len(rest) > 0 {
		tail = append(tail[:len(tail):len(tail)], list{l.ordered, l.start + n + 1, rest})
	}
	return upTo(append(before, head)), tail, true
}

func (t table) cut(fits func(block) bool) (block, []block, bool) {
	n := longest(len(t.rows), func(n int) bool { return fits(table{t.header, t.rows[:n]}) })
	return table{t.header, t.rows[:n]}, []block{table{false, t.rows[n:]}}, n > 0
}

func (rule) cut(func(block) bool) (block, []block, bool) { return nil, nil, false }

// placeholder stands for a run that has to stay whole (U+FFFC, object replacement).
const placeholder = '\ufffc'

// flat is the text of runs with one character for each that must stay whole.
func flat(runs []inline) []rune {
	var out []rune
	for _, run := range runs {
		if run.atomic() {
			out = append(out, placeholder)
		} else {
			out = append(out, []rune(run.text)...)
		}
	}
	return out
}

// cutRuns divides a line at the best bound of the longest part that fits. A first
// run that is too long as a whole is given up as text.
func cutRuns(runs []inline, fits func([]inline) bool) (head, tail []inline, ok bool) {
	text := flat(runs)
	n := longest(len(text), func(n int) bool {
		head, _ := runsAt(runs, n)
		return fits(head)
	})
	if n == 0 {
		if len(runs) == 0 || !runs[0].atomic() && runs[0].url == "" {
			return nil, nil, false
		}
		loose := inline{text: plainLine(runs[:1]), style: runs[0].style}
		return cutRuns(append([]inline{loose}, runs[1:]...), fits)
	}
	head, tail = runsAt(runs, bound(text, n))
	return head, tail, true
}

// runsAt divides runs before the nth character of their flat text.
func runsAt(runs []inline, n int) (head, tail []inline) {
	for i, run := range runs {
		if n == 0 {
			return runs[:i:i], runs[i:]
		}
		if run.atomic() {
			n--
			continue
		}
		at, left := advance(run.text, n)
		if n = left; at < len(run.text) {
			first, second := run, run
			first.text, second.text = run.text[:at], run.text[at:]
			return append(runs[:i:i], first), append([]inline{second}, runs[i+1:]...)
		}
	}
	return runs, nil
}

// advance is the offset in text behind n characters, and how many of them it
// lacks.
func advance(text string, n int) (offset, left int) {
	for n > 0 && offset < len(text) {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
		n--
	}
	return offset, n
}

// bound is the best place to cut text at or before n: after a blank line, after
// a line, after a word, if one is found in the second half; else between two
// characters that people see.
func bound(text []rune, n int) int {
	if n == len(text) {
		return n
	}
	line, word := 0, 0
	for i := n; i > n/2; i-- {
		switch {
		case text[i-1] == '\n' && i > 1 && text[i-2] == '\n':
			return i
		case text[i-1] == '\n' && line == 0:
			line = i
		case unicode.IsSpace(text[i-1]) && word == 0:
			word = i
		}
	}
	if line > 0 {
		return line
	}
	if word > 0 {
		return word
	}
	for i := n; i > n/2; i-- {
		if !joined(text, i) {
			return i
		}
	}
	return n
}

// joined says whether the characters around i are seen as one: combining marks,
// variation selectors, skin tones, joined emoji and flags.
func joined(text []rune, i int) bool {
	before, after := text[i-1], text[i]
	if before == zeroWidthJoiner || after == zeroWidthJoiner || unicode.Is(unicode.M, after) ||
		after >= firstTone && after < firstTone+5 {
		return true
	}
	if !flagLetter(before) || !flagLetter(after) {
		return false
	}
	letters := 0
	for j := i - 1; j >= 0 && flagLetter(text[j]); j-- {
		letters++
	}
	return letters%2 == 1
}

const zeroWidthJoiner = '\u200d'

// flagLetter says whether r is one of the letters of which two make a flag.
func flagLetter(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
