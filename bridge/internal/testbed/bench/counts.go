package bench

import (
	"cmp"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/testbed/sqlcount"
)

// count is how often a kind of statement was asked for, for each message.
type count struct {
	measure measure
	// query is the beginning of the statement, asked the function that ran it.
	query, asked string
	each         float64
}

// maxQuery is how much of a statement identifies its kind.
const maxQuery = 60

// summarize counts statements by kind and caller, the most frequent first. Those that
// run less than once in twenty messages are left out.
func summarize(m measure, noted []sqlcount.Statement, messages int) []count {
	type key struct{ query, asked string }
	kinds := map[key]int{}
	for _, statement := range noted {
		kinds[key{shorten(statement.Query), asker(statement.Callers)}]++
	}
	var all []count
	for k, n := range kinds {
		if each := float64(n) / float64(messages); each >= 0.05 {
			all = append(all, count{m, k.query, k.asked, each})
		}
	}
	slices.SortFunc(all, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.each, a.each), strings.Compare(a.query, b.query), strings.Compare(a.asked, b.asked))
	})
	return all
}

// shorten keeps what identifies the kind of a statement: a SELECT's columns do not.
func shorten(query string) string {
	if _, from, ok := strings.Cut(query, " FROM "); ok && strings.HasPrefix(query, "SELECT ") {
		query = "SELECT … FROM " + from
	}
	if runes := []rune(query); len(runes) > maxQuery {
		query = string(runes[:maxQuery]) + "…"
	}
	return query
}

// asker names the calling function and the nearest one of another package.
func asker(callers []string) string {
	if len(callers) == 0 {
		return ""
	}
	named := short(callers[0])
	for _, caller := range callers[1:] {
		if packageOf(caller) != packageOf(callers[0]) {
			return named + " ← " + short(caller)
		}
	}
	return named
}

func short(function string) string { return function[strings.LastIndexByte(function, '/')+1:] }

func packageOf(function string) string {
	name := short(function)
	return function[:len(function)-len(name)] + name[:max(strings.IndexByte(name, '.'), 0)]
}
