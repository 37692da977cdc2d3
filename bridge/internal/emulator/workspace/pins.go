package workspace

import "slices"

// maxPins is how many messages a channel can pin.
const maxPins = 100

// Pin is one pinned message.
type Pin struct {
	TS      string
	By      string
	Created int64
}

// Pin pins a message to its channel.
func (w *Workspace) Pin(a Actor, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, channel)
	if err != nil {
		return err
	}
	m := c.message(ts)
	switch {
	case m == nil || m.Subtype == "tombstone":
		return Fail("message_not_found")
	case slices.ContainsFunc(c.pins, func(p Pin) bool { return p.TS == ts }):
		return Fail("already_pinned")
	case len(c.pins) >= maxPins:
		return Fail("too_many_pins")
	case systemSubtypes[m.Subtype]:
		return Fail("not_pinnable")
	}
	p := Pin{TS: ts, By: a.User, Created: w.now()}
	c.pins = append(c.pins, p)
	before := m.clone()
	m.PinnedTo = append(m.PinnedTo, c.ID)
	w.emitPin("pin_added", c, m, p, a)
	w.emitChanged(c, m, before)
	return nil
}

// Unpin takes a pin away.
func (w *Workspace) Unpin(a Actor, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, channel)
	if err != nil {
		return err
	}
	m := c.message(ts)
	if m == nil {
		return Fail("message_not_found")
	}
	i := slices.IndexFunc(c.pins, func(p Pin) bool { return p.TS == ts })
	if i < 0 {
		return Fail("no_pin")
	}
	p := c.pins[i]
	c.pins = slices.Delete(c.pins, i, i+1)
	before := m.clone()
	m.PinnedTo = slices.DeleteFunc(m.PinnedTo, func(id string) bool { return id == c.ID })
	w.emitPin("pin_removed", c, m, p, a)
	w.emitChanged(c, m, before)
	return nil
}

// PinnedItem is a pin with its message.
type PinnedItem struct {
	Pin
	Message Message
}

// Pins returns a conversation's pins, the newest first.
func (w *Workspace) Pins(a Actor, channel string) ([]PinnedItem, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, channel)
	if err != nil {
		return nil, err
	}
	var out []PinnedItem
	for _, p := range slices.Backward(c.pins) {
		if m := c.message(p.TS); m != nil {
			out = append(out, PinnedItem{p, *m.clone()})
		}
	}
	return out, nil
}

func (w *Workspace) emitPin(kind string, c *conversation, m *Message, p Pin, a Actor) {
	item := map[string]any{"type": "message", "channel": c.ID, "created": p.Created, "created_by": p.By, "message": fieldsOf(m)}
	body := map[string]any{
		"user": a.User, "channel_id": c.ID, "item": item, "item_user": m.User, "pin_count": len(c.pins), "event_ts": w.wallTS(),
		"pinned_info": map[string]any{"channel": c.ID, "pinned_by": p.By, "pinned_ts": p.Created},
	}
	if kind == "pin_removed" {
		body["has_pins"] = len(c.pins) > 0
	}
	w.emit(Event{Type: kind, Channel: c.ID, Body: body})
}
