package web

import (
	"encoding/base64"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// page is one page of a list, cut where a cursor says.
type page[T any] struct {
	items []T
	next  string
}

// order says how a list's keys follow each other, so that a cursor keeps its
// place though the item that it names is gone.
type order int

const (
	unordered order = iota
	rising
	falling
)

// paginate cuts a page out of items. key names an item for the cursor; kind is
// what the cursor is of, so that another method's is refused.
func paginate[T any](s *Server, c *Call, kind string, items []T, limit int, by order, key func(T) string) (page[T], error) {
	start, served, err := findStart(c.arg("cursor"), kind, items, by, key)
	if err != nil {
		return page[T]{}, err
	}
	sw := s.Switches()
	rest := items[start:]
	if sw.EmptyPages && !served && len(rest) > 0 {
		return page[T]{items: []T{}, next: makeCursor(kind, key(rest[0]), true)}, nil
	}
	if sw.ShortPages {
		limit = (limit + 1) / 2
	}
	p := page[T]{items: rest}
	if limit, p.items = broken(c.page, limit, rest); len(p.items) > limit {
		p = page[T]{items: p.items[:limit], next: makeCursor(kind, key(p.items[limit]), false)}
	}
	if c.page == PageHoles {
		p.items = everySecond(p.items)
	}
	return p, nil
}

// broken applies a fault of a page: how many of the remaining items it has, and
// which remain at all.
func broken[T any](fault string, limit int, rest []T) (int, []T) {
	switch fault {
	case PageShort:
		return min(limit, len(rest)) / 2, rest
	case PageEmpty:
		return 0, rest
	case PageEnd:
		return limit, rest[:min(limit, len(rest))/2]
	}
	return limit, rest
}

func everySecond[T any](items []T) []T {
	out := []T{}
	for i := 0; i < len(items); i += 2 {
		out = append(out, items[i])
	}
	return out
}

// findStart finds the item that a cursor points to. served says that the empty
// page before it was given already.
func findStart[T any](cursor, kind string, items []T, by order, key func(T) string) (at int, served bool, err error) {
	if cursor == "" {
		return 0, false, nil
	}
	raw, err := base64.StdEncoding.DecodeString(cursor)
	gotKind, rest, found := strings.Cut(string(raw), ":")
	if err != nil || !found || gotKind != kind {
		return 0, false, workspace.Fail("invalid_cursor")
	}
	rest, served = strings.CutSuffix(rest, ":")
	for i, item := range items {
		if k := key(item); k == rest || (by == rising && k > rest) || (by == falling && k < rest) {
			return i, served, nil
		}
	}
	if _, ok := timestamp(rest); ok && by != unordered {
		return len(items), served, nil
	}
	return 0, false, workspace.Fail("invalid_cursor")
}

func makeCursor(kind, key string, served bool) string {
	text := kind + ":" + key
	if served {
		text += ":"
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

// metadata is the response_metadata of a page.
func (p page[T]) metadata() Result { return Result{"next_cursor": p.next} }

// byPage cuts a page out of items by `page` and `count`, for the lists that have
// no cursors.
func byPage[T any](c *Call, items []T) ([]T, Result, error) {
	count, err := c.number("count", 100)
	if err != nil {
		return nil, nil, err
	}
	number, err := c.number("page", 1)
	if err != nil {
		return nil, nil, err
	}
	count, number = max(1, min(count, 1000)), max(1, number)
	total := len(items)
	from := min((number-1)*count, total)
	paging := Result{"count": count, "total": total, "page": number, "pages": (total + count - 1) / count}
	return items[from:min(from+count, total)], paging, nil
}
