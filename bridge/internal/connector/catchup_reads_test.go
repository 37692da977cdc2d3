package connector

import (
	"testing"
	"time"
)

func TestReadsCoverLaterRows(t *testing.T) {
	early := time.Now().Add(-time.Hour)
	late := early.Add(time.Minute)
	soon := func() time.Time { return time.Now().Add(time.Hour) }
	tests := []struct {
		name          string
		do            func(*reads)
		from, arrived time.Time
		want          bool
	}{
		{"nothing was read", func(*reads) {}, late, late, false},
		{"begun and not ended", func(r *reads) { r.begin("C1", 1, early) }, late, late, false},
		{"whole", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 1) }, late, late, true},
		{"back as far as it asks", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 1) }, early, late, true},
		{"not as far back", func(r *reads) { r.begin("C1", 1, late); r.end("C1", 1) }, early, early, false},
		{"the row arrived after the reading began", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 1) }, late, soon(), false},
		{"a live event was handled since", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 1); r.spoil("C1") }, late, late, false},
		{"a live event was handled meanwhile", func(r *reads) { r.begin("C1", 1, early); r.spoil("C1"); r.end("C1", 1) }, late, late, false},
		{"another lane's event", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 1); r.spoil("C2") }, late, late, true},
		{"another channel", func(r *reads) { r.begin("C2", 1, early); r.end("C2", 1) }, late, late, false},
		{"ended by a row that began before a restart", func(r *reads) { r.end("C1", 1) }, late, late, false},
		{"ended by another row", func(r *reads) { r.begin("C1", 1, early); r.end("C1", 2) }, late, late, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newReads()
			test.do(r)
			if got := r.cover("C1", test.from, test.arrived); got != test.want {
				t.Errorf("cover = %v, want %v", got, test.want)
			}
		})
	}
}

// TestFirstTry has a row wait in line before it is tried: the time counts from its first
// try, since nobody has waited for it before.
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
