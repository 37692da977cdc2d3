package workspace

// ChangeID gives a channel another id, as when it is shared with another workspace: what
// was said in it stays, the old id is one of no channel, and the apps in the channel hear
// of it (Slack docs: channel_id_changed). Slack does it by itself, not for a person.
func (w *Workspace) ChangeID(a Actor, id string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return Channel{}, err
	case c.Kind == IM || c.Kind == MPIM:
		return Channel{}, Fail("method_not_supported_for_channel_type")
	case c.shared():
		return Channel{}, errShared
	}
	next := w.id("C")
	delete(w.channels, id)
	c.ID = next
	w.channels[next] = c
	for i := range w.chanOrder {
		if w.chanOrder[i] == id {
			w.chanOrder[i] = next
		}
	}
	for _, f := range w.files {
		for i := range f.shares {
			if f.shares[i].channel == id {
				f.shares[i].channel = next
			}
		}
	}
	for _, m := range c.messages {
		for i := range m.PinnedTo {
			if m.PinnedTo[i] == id {
				m.PinnedTo[i] = next
			}
		}
	}
	w.touch(c)
	w.emit(Event{Type: "channel_id_changed", Channel: next, Body: map[string]any{
		"old_channel_id": id, "new_channel_id": next, "event_ts": w.wallTS(),
	}})
	return c.copy(), nil
}
