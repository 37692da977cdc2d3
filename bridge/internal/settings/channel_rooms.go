package settings

import "slices"

// ChannelRoom is one entry of network.channels.rooms.
type ChannelRoom struct {
	// Channel is a name or an id, and Room an id or an alias.
	Channel string `yaml:"channel"`
	Room    string `yaml:"room"`
	// Move says that the channel may have a room already, which it loses.
	Move bool `yaml:"move"`
}

// HasRoomFor says whether there is an entry whose channel is written so.
func (f ChannelFilter) HasRoomFor(channel string) bool {
	return slices.ContainsFunc(f.Rooms, func(entry ChannelRoom) bool { return entry.Channel == channel })
}

// RoomOf returns the entry of a channel, by its name or one of its ids, if it has one.
func (f ChannelFilter) RoomOf(name string, ids ...string) (ChannelRoom, bool) {
	for _, entry := range f.Rooms {
		if slices.Contains(ids, entry.Channel) || name != "" && foldName(entry.Channel) == foldName(name) {
			return entry, true
		}
	}
	return ChannelRoom{}, false
}
