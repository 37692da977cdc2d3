package seed

import (
	"fmt"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// share brings the channels of a seed into the further workspaces that share them.
func (b *builder) share(f *File, others map[string]*builder) error {
	for _, c := range f.Channels {
		for _, with := range c.SharedWith {
			if err := b.shareChannel(c, with, others[with.Team]); err != nil {
				return fmt.Errorf("channel %q, shared with %q: %w", c.Name, with.Team, err)
			}
		}
	}
	return nil
}

func (b *builder) shareChannel(c Channel, with Shared, other *builder) error {
	if other == nil {
		return fmt.Errorf("no further workspace %q in the seed", with.Team)
	}
	members, err := other.ids(with.Members)
	if err != nil {
		return err
	}
	ch, err := b.ws.FindConversation(c.Name)
	if err != nil {
		return err
	}
	_, err = b.ws.Share(workspace.Person(ch.Creator), ch.ID, workspace.Invitation{
		Team: with.Team, Name: with.Name, Private: with.Private, Members: members, Quiet: true,
	})
	return err
}
