package inbox

import "bytes"

// What is kept of payloads in memory. Rows that were put are kept while there is
// room, since most are handled at once. Those of a backlog are read from the database
// in pages.
const (
	maxFresh  = 4 << 20
	maxPaged  = 4 << 20
	pageRows  = 32
	rowWeight = 256 // of a row without its payload
)

// cache holds rows of the database in memory. Its methods need the inbox's lock.
type cache struct {
	fresh, paged map[int64]*Row
	freshBytes   int
	pagedBytes   int
}

func (c *cache) init() { c.fresh, c.paged = map[int64]*Row{}, map[int64]*Row{} }

func weight(row *Row) int {
	size := rowWeight + len(row.Payload) + len(row.Progress)
	if row.Decoded != nil {
		size += 2 * len(row.Payload) // strings and maps take more than their text
	}
	return size
}

// offer keeps a row that was put if there is room.
func (c *cache) offer(row *Row) {
	if size := weight(row); c.freshBytes+size <= maxFresh {
		kept := *row
		kept.Payload = bytes.Clone(row.Payload) // it may be a part of something large
		c.fresh[row.ID] = &kept
		c.freshBytes += size
	}
}

// page keeps rows of a page: the first one in any case.
func (c *cache) page(rows []*Row) {
	for i, row := range rows {
		if _, there := c.paged[row.ID]; there {
			continue
		}
		if size := weight(row); i == 0 || c.pagedBytes+size <= maxPaged {
			c.paged[row.ID] = row
			c.pagedBytes += size
		}
	}
}

func (c *cache) get(id int64) *Row {
	if row := c.fresh[id]; row != nil {
		return row
	}
	return c.paged[id]
}

func (c *cache) drop(id int64) {
	if row := c.fresh[id]; row != nil {
		c.freshBytes -= weight(row)
		delete(c.fresh, id)
	}
	if row := c.paged[id]; row != nil {
		c.pagedBytes -= weight(row)
		delete(c.paged, id)
	}
}

// rest gives up a row that waits for another try when there is little room.
func (c *cache) rest(id int64) {
	if c.pagedBytes > maxPaged/2 || c.freshBytes > maxFresh/2 {
		c.drop(id)
	}
}
