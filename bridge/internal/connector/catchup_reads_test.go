package connector

import (
	"testing"
	"time"
)

// TestAnswers has a reading of row 1 while rows up to 5 wait behind it.
func TestAnswers(t *testing.T) {
	type outcome struct{ answers, compared bool }
	read := func(r *reads, whole bool) {
		r.begin("C1", 1, 5)
		r.compared("C1", 1, "1.1")
		r.compared("C1", 7, "1.7") // another row's
		r.end("C1", 1, whole)
	}
	for name, test := range map[string]struct {
		do   func(r *reads)
		lane string
		row  int64
		ts   string
		want outcome
	}{
		"a message that was compared": {func(r *reads) { read(r, true) }, "C1", 5, "1.1", outcome{true, true}},
		"one that was not":            {func(r *reads) { read(r, true) }, "C1", 5, "1.7", outcome{true, false}},
		"a row that came later":       {func(r *reads) { read(r, true) }, "C1", 6, "1.1", outcome{}},
		"a later row was handled":     {func(r *reads) { read(r, true); r.answer("C1", 6, "1.1") }, "C1", 5, "1.1", outcome{}},
		"another lane":                {func(r *reads) { read(r, true) }, "C2", 5, "1.1", outcome{}},
		"a reading with gaps":         {func(r *reads) { read(r, false) }, "C1", 5, "1.1", outcome{}},
		"begun by another process":    {func(r *reads) { r.compared("C1", 1, "1.1"); r.end("C1", 1, true) }, "C1", 5, "1.1", outcome{}},
		"not ended":                   {func(r *reads) { r.begin("C1", 1, 5); r.compared("C1", 1, "1.1") }, "C1", 5, "1.1", outcome{}},
		"the next one has begun":      {func(r *reads) { read(r, true); r.begin("C1", 4, 9) }, "C1", 5, "1.1", outcome{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReads()
			test.do(r)
			answers, compared := r.answer(test.lane, test.row, test.ts)
			if got := (outcome{answers, compared}); got != test.want {
				t.Errorf("answer = %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestFirstTry has a row wait in line before it is tried: the time counts from its first
// try, since nothing has waited for it before.
func TestFirstTry(t *testing.T) {
	r := newReads()
	before := time.Now()
	begun := r.firstTry("lane", 1)
	if begun.Before(before) || !r.firstTry("lane", 1).Equal(begun) {
		t.Error("a row's first try is when it was tried first")
	}
	if next := r.firstTry("lane", 2); !next.After(begun) {
		t.Errorf("the next row's first try is %s, the one before it was at %s", next, begun)
	}
}
