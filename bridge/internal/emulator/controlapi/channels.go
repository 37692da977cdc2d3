package controlapi

import (
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) channelRoutes() {
	verb(a, "/channels/create", a.createChannel)
	a.channelVerb("join", func(who workspace.Actor, id string, _ control.ChannelRequest, _ []string) error {
		_, _, err := a.Workspace.Join(who, id)
		return err
	})
	a.channelVerb("leave", func(who workspace.Actor, id string, _ control.ChannelRequest, _ []string) error {
		absent, err := a.Workspace.Leave(who, id)
		if absent {
			return workspace.Fail("not_in_channel")
		}
		return err
	})
	a.channelVerb("invite", func(who workspace.Actor, id string, _ control.ChannelRequest, users []string) error {
		_, _, err := a.Workspace.Invite(who, id, users, false)
		return err
	})
	a.channelVerb("kick", func(who workspace.Actor, id string, _ control.ChannelRequest, users []string) error {
		for _, user := range users {
			if err := a.Workspace.Kick(who, id, user); err != nil {
				return err
			}
		}
		return nil
	})
	a.channelVerb("rename", func(who workspace.Actor, id string, r control.ChannelRequest, _ []string) error {
		_, err := a.Workspace.Rename(who, id, r.Value)
		return err
	})
	a.channelVerb("topic", func(who workspace.Actor, id string, r control.ChannelRequest, _ []string) error {
		_, err := a.Workspace.SetTopic(who, id, r.Value)
		return err
	})
	a.channelVerb("purpose", func(who workspace.Actor, id string, r control.ChannelRequest, _ []string) error {
		_, err := a.Workspace.SetPurpose(who, id, r.Value)
		return err
	})
	a.channelVerb("archive", func(who workspace.Actor, id string, _ control.ChannelRequest, _ []string) error {
		return a.Workspace.Archive(who, id)
	})
	a.channelVerb("posting", func(who workspace.Actor, id string, r control.ChannelRequest, _ []string) error {
		return a.Workspace.RestrictPosting(who, id, r.Restricted)
	})
	a.channelVerb("convert", func(who workspace.Actor, id string, r control.ChannelRequest, _ []string) error {
		return a.Workspace.Convert(who, id, r.Private)
	})
	a.channelVerb("unarchive", func(who workspace.Actor, id string, _ control.ChannelRequest, _ []string) error {
		return a.Workspace.Unarchive(who, id)
	})
	verb(a, "/channels/change-id", func(r control.ChannelRequest) (any, error) {
		who, id, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return ptr(a.Workspace.ChangeID(who, id))
	})
	verb(a, "/channels/share", a.share)
	verb(a, "/channels/unshare", func(r control.ShareRequest) (any, error) {
		who, id, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return ptr(a.Workspace.Unshare(who, id, r.Team))
	})
	verb(a, "/channels/delete", func(r control.ChannelRequest) (any, error) {
		who, id, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return nil, a.Workspace.DeleteChannel(who, id)
	})
	verb(a, "/ims/open", a.openDirect)
	verb(a, "/ims/close", a.closeDirect)
}

// channelVerb registers a verb on a channel; it answers with the channel as it
// is afterwards.
func (a *API) channelVerb(name string, do func(workspace.Actor, string, control.ChannelRequest, []string) error) {
	verb(a, "/channels/"+name, func(r control.ChannelRequest) (any, error) {
		who, id, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		users, err := a.users(r.Users)
		if err != nil {
			return nil, err
		}
		if err := do(who, id, r, users); err != nil {
			return nil, err
		}
		return ptr(a.Workspace.Conversation(id))
	})
}

func (a *API) share(r control.ShareRequest) (any, error) {
	who, id, err := a.at(r.User, r.Channel)
	if err != nil {
		return nil, err
	}
	other, err := a.Workspace.Neighbour(r.Team)
	if err != nil {
		return nil, err
	}
	members, err := usersOf(other, r.Users)
	if err != nil {
		return nil, err
	}
	return ptr(a.Workspace.Share(who, id, workspace.Invitation{Team: r.Team, Name: r.Name, Private: r.Private, Members: members}))
}

func (a *API) createChannel(r control.ChannelRequest) (any, error) {
	who, err := a.person(r.User)
	if err != nil {
		return nil, err
	}
	users, err := a.users(r.Users)
	if err != nil {
		return nil, err
	}
	ch, err := a.Workspace.Create(who, r.Value, r.Private)
	if err != nil {
		return nil, err
	}
	if len(users) > 0 {
		if ch, _, err = a.Workspace.Invite(who, ch.ID, users, false); err != nil {
			return nil, err
		}
	}
	return ch, nil
}

func (a *API) openDirect(r control.DirectRequest) (any, error) {
	who, err := a.person(r.User)
	if err != nil {
		return nil, err
	}
	users, err := a.users(r.With)
	if err != nil {
		return nil, err
	}
	ch, _, _, err := a.Workspace.OpenDirect(who, users)
	return ptr(ch, err)
}

func (a *API) closeDirect(r control.DirectRequest) (any, error) {
	who, id, err := a.at(r.User, r.Channel)
	if err != nil {
		return nil, err
	}
	_, err = a.Workspace.CloseDirect(who, id)
	return nil, err
}
