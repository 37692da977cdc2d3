package settings

import "ops-jrz1/bridge/internal/yamltree"

// checkChannels judges the entries of network.channels that have several keys.
func (a *assembly) checkChannels(c *Config) {
	for i, entry := range c.Network.Channels.Directions {
		at := yamltree.Element("network.channels.directions", i)
		if entry.Channel == "" {
			a.complain(yamltree.Join(at, "channel"), "is missing", "write a name or an id, with *, ? or [a-z] for what may differ")
		}
		if entry.Direction == "" {
			a.complain(yamltree.Join(at, "direction"), "is missing", "write both or from_slack or to_slack")
		}
	}
	seen := map[string]string{} // by channel or room, the key that names it
	for i, entry := range c.Network.Channels.Rooms {
		at := yamltree.Element("network.channels.rooms", i)
		a.checkOnce(yamltree.Join(at, "channel"), foldName(entry.Channel), "write one channel's name or id", seen)
		a.checkOnce(yamltree.Join(at, "room"), entry.Room, "write the room's id or address", seen)
	}
}

// checkOnce notes a value that is missing, or given in another entry as well.
func (a *assembly) checkOnce(key, value, cure string, seen map[string]string) {
	if value == "" {
		a.complain(key, "is missing", cure)
		return
	}
	if before, twice := seen[value]; twice {
		a.complain(key, "is the same as "+before, "name each channel and each room once")
	}
	seen[value] = key
}
