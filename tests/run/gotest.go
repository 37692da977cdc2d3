package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// goEvent is a line of `go test -json` (documentation: go doc test2json; the
// build-… actions: go help buildjson).
type goEvent struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// goReader follows the tests of a `go test -json` run.
type goReader struct {
	to *report
	// output is what a test or, with an empty name, its package printed.
	output map[[2]string]*strings.Builder
	// parents are the tests that have subtests: only leaves are counted.
	parents map[[2]string]bool
	passed  map[string]int
	// explained are the packages with a failed test.
	explained map[string]bool
	builds    map[string]*strings.Builder
}

// readGo counts the tests of a `go test -json` run.
func readGo(from io.Reader, to *report) error {
	r := &goReader{
		to:      to,
		output:  map[[2]string]*strings.Builder{},
		parents: map[[2]string]bool{}, passed: map[string]int{},
		explained: map[string]bool{}, builds: map[string]*strings.Builder{},
	}
	for dec := json.NewDecoder(from); ; {
		var event goEvent
		if err := dec.Decode(&event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read go test's events: %w", err)
		}
		r.take(event)
	}
}

func (r *goReader) take(e goEvent) {
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		write(r.builds, e.ImportPath, e.Output)
	case "build-fail":
		r.to.broke(e.ImportPath, errors.New("does not build\n"+take(r.builds, e.ImportPath)))
	case "output":
		write(r.output, key, e.Output)
		if r.to.verbose {
			fmt.Fprint(r.to.out, e.Output)
		}
	case "run":
		if i := strings.LastIndexByte(e.Test, '/'); i > 0 {
			r.parents[[2]string{e.Package, e.Test[:i]}] = true
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.packageDone(e)
		} else {
			r.testDone(e, key)
		}
	}
}

func (r *goReader) testDone(e goEvent, key [2]string) {
	text := take(r.output, key)
	name := e.Package + " " + e.Test
	switch {
	case e.Action == "fail":
		// A parent fails with its child; its own output still explains it.
		r.explained[e.Package] = true
		r.to.fail(name, text)
	case e.Action == "skip":
		r.to.skip(name, text)
	default:
		r.to.seen[name] = true
		if !r.parents[key] {
			r.passed[e.Package]++
			r.to.pass(1)
		}
	}
}

func (r *goReader) packageDone(e goEvent) {
	text := take(r.output, [2]string{e.Package, ""})
	switch {
	case e.Action == "fail" && !r.explained[e.Package]:
		r.to.broke(e.Package, errors.New("failed\n"+text))
	case e.Action == "pass" && r.passed[e.Package] > 0:
		fmt.Fprintf(r.to.out, "ok  %4d tests %6.1fs  %s\n", r.passed[e.Package], e.Elapsed, e.Package)
	}
}

func write[K comparable](to map[K]*strings.Builder, key K, text string) {
	if to[key] == nil {
		to[key] = &strings.Builder{}
	}
	to[key].WriteString(text)
}

func take[K comparable](from map[K]*strings.Builder, key K) string {
	text := ""
	if b := from[key]; b != nil {
		text = b.String()
	}
	delete(from, key)
	return text
}
