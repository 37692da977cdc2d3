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
		kept.Progress = bytes.Clone(row.Progress)
		c.fresh[row.ID] = &kept
		c.freshBytes += size
	}
}

// page keeps rows of a page: the one that is needed now in any case.
func (c *cache) page(rows []*Row, needed int64) {
	for _, row := range rows {
		if c.get(row.ID) != nil {
			continue
		}
		if size := weight(row); row.ID == needed || c.pagedBytes+size <= maxPaged {
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

// progress notes what was kept for a row.
func (c *cache) progress(id int64, progress []byte) {
	row := c.get(id)
	if row == nil {
		return
	}
	more := len(progress) - len(row.Progress)
	row.Progress = progress
	if c.fresh[id] != nil {
		c.freshBytes += more
	} else {
		c.pagedBytes += more
	}
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

// rest gives up the first rows of a queue that waits when there is little room.
func (c *cache) rest(ids []int64) {
	if c.pagedBytes > maxPaged/2 || c.freshBytes > maxFresh/2 {
		for _, id := range ids[:min(len(ids), pageRows)] {
			c.drop(id)
		}
	}
}
