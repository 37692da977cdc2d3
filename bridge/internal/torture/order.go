package torture

import (
	"maps"
	"slices"
)

// order finds messages that a later one has overtaken: they were complete before it was
// begun, and are shown after it. Messages that were written at the same time have no
// order.
func (c *comparison) order(ledger []Message, seen Seen) {
	written := map[string]Message{}
	for _, m := range ledger {
		written[m.Tag] = m
	}
	for _, side := range []Side{Slack, Matrix} {
		places := seen[side.Other()]
		for _, place := range slices.Sorted(maps.Keys(places)) {
			c.orderOf(side, firsts(places[place], side, written))
		}
	}
}

// firsts is the order in which a place shows the messages of the other side, each
// once.
func firsts(posts []Post, from Side, written map[string]Message) []Message {
	var sequence []Message
	seen := map[string]bool{}
	for _, post := range posts {
		m, ok := written[post.Tag]
		if ok && m.Side == from && post.First && !seen[post.Tag] {
			seen[post.Tag] = true
			sequence = append(sequence, m)
		}
	}
	return sequence
}

func (c *comparison) orderOf(from Side, sequence []Message) {
	for i, m := range sequence {
		var overtaker, inOrder *Message
		for j := range i {
			before := &sequence[j]
			if !m.Ended.Before(before.Began) {
				continue
			}
			overtaker = before
			if c.cameInOrder(from, m.Tag, before.Tag) {
				inOrder = before
			}
		}
		switch {
		case inOrder != nil:
			c.find(Disorder, from, "message", m.Tag, "after %s in %s%s", inOrder.Tag, m.Place, c.givenUp(from, inOrder.Tag))
		case overtaker != nil:
			c.find(Unordered, from, "message", m.Tag, "after %s in %s", overtaker.Tag, m.Place)
		}
	}
}

// cameInOrder says whether the bridge had the earlier message before the later one
// arrived. Homeservers deliver in order; Slack may redeliver what was not acknowledged,
// after messages that were written later.
func (c *comparison) cameInOrder(from Side, earlier, later string) bool {
	if from == Matrix {
		return true
	}
	first, second := c.acks[earlier], c.acks[later]
	return !first.Acked.IsZero() && first.Acked.Before(second.Sent)
}

// givenUp notes about an overtaker that Slack had given up its event, so that the bridge
// has read it from the history.
func (c *comparison) givenUp(from Side, tag string) string {
	if from == Slack && c.acks[tag].Acked.IsZero() {
		return ", whose event Slack had given up"
	}
	return ""
}
