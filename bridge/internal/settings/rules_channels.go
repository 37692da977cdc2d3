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
}
