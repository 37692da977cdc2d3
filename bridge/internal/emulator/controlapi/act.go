package controlapi

import (
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) actRoutes() {
	verb(a, "/messages/post", a.say)
	verb(a, "/messages/edit", a.edit)
	verb(a, "/messages/unfurl", a.unfurl)
	verb(a, "/messages/delete", a.item((*workspace.Workspace).Delete))
	verb(a, "/pins/add", a.item((*workspace.Workspace).Pin))
	verb(a, "/pins/remove", a.item((*workspace.Workspace).Unpin))
	verb(a, "/bookmarks/add", func(r control.BookmarkRequest) (any, error) {
		who, channel, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return ptr(a.Workspace.AddBookmark(who, channel, r.Title, r.Link, r.Emoji))
	})
	verb(a, "/bookmarks/remove", func(r control.BookmarkRequest) (any, error) {
		who, channel, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return nil, a.Workspace.RemoveBookmark(who, channel, r.ID)
	})
	verb(a, "/reactions/add", a.reaction((*workspace.Workspace).React))
	verb(a, "/reactions/remove", a.reaction((*workspace.Workspace).Unreact))
	verb(a, "/home/open", a.openHome)
	verb(a, "/commands/run", a.useCommand)
	verb(a, "/users/create", a.newUser)
	verb(a, "/users/profile", a.changeProfile)
	verb(a, "/team", a.changeTeam)
	verb(a, "/emoji", a.changeEmoji)
	verb(a, "/usergroups", a.saveUserGroup)
}

// say posts as a person, or as a foreign bot.
func (a *API) say(r control.PostRequest) (any, error) {
	ch, err := a.Workspace.FindConversation(r.Channel)
	if err != nil {
		return nil, err
	}
	actor := workspace.Actor{Bot: r.Bot}
	if r.Bot == "" {
		if actor, err = a.person(r.User); err != nil {
			return nil, err
		}
	} else if _, err := a.Workspace.Bot(r.Bot); err != nil {
		return nil, err
	}
	p := workspace.Post{
		Actor: actor, Channel: ch.ID, Text: r.Text, Blocks: r.Blocks, Attachments: r.Attachments, Metadata: r.Metadata,
		ThreadTS: r.ThreadTS, Broadcast: r.Broadcast, Username: r.Username, Icons: r.Icons, Raw: r.Raw,
	}
	if r.Me {
		p.Subtype = "me_message"
	}
	if p.Files, err = newFiles(r.Files); err != nil {
		return nil, err
	}
	if r.Text == "" && r.Blocks == nil && r.Attachments == nil && len(r.Files) == 0 {
		return nil, workspace.Fail("no_text")
	}
	return ptr(a.Workspace.Post(p))
}

// ptr passes a value and an error on as an answer.
func ptr[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (a *API) edit(r control.EditRequest) (any, error) {
	who, channel, err := a.at(r.User, r.Channel)
	if err != nil {
		return nil, err
	}
	return ptr(a.Workspace.Edit(workspace.Edit{
		Actor: who, Channel: channel, TS: r.TS, Text: &r.Text, Blocks: r.Blocks, Attachments: r.Attachments,
	}))
}

// item is a verb on a message.
func (a *API) item(do func(*workspace.Workspace, workspace.Actor, string, string) error) func(control.ItemRequest) (any, error) {
	return func(r control.ItemRequest) (any, error) {
		who, channel, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return nil, do(a.Workspace, who, channel, r.TS)
	}
}

func (a *API) reaction(do func(*workspace.Workspace, workspace.Actor, string, string, string) error) func(control.ItemRequest) (any, error) {
	return func(r control.ItemRequest) (any, error) {
		who, channel, err := a.at(r.User, r.Channel)
		if err != nil {
			return nil, err
		}
		return nil, do(a.Workspace, who, channel, r.TS, r.Name)
	}
}

func (a *API) openHome(r control.HomeRequest) (any, error) {
	who, err := a.person(r.User)
	if err != nil {
		return nil, err
	}
	app, err := a.Workspace.FindApp(r.App)
	if err != nil {
		return nil, err
	}
	if r.Tab == "" {
		r.Tab = "messages"
	}
	return nil, a.Workspace.OpenHome(who, app.ID, r.Tab)
}

func (a *API) newUser(r control.UserRequest) (any, error) {
	return ptr(a.Workspace.JoinTeam(workspace.NewUser{
		ID: r.ID, Name: r.Name, RealName: r.RealName, DisplayName: r.DisplayName, Email: r.Email, Image: r.Image, Guest: r.Guest,
	}))
}

func (a *API) changeProfile(r control.ProfileRequest) (any, error) {
	who, err := a.person(r.User)
	if err != nil {
		return nil, err
	}
	if r.Presence != "" {
		if err := a.Workspace.SetPresence(who.User, r.Presence); err != nil {
			return nil, err
		}
	}
	if r.Deleted != nil {
		if err := a.Workspace.SetDeleted(who.User, *r.Deleted); err != nil {
			return nil, err
		}
	}
	if r.Admin != nil {
		if err := a.Workspace.SetAdmin(who.User, *r.Admin); err != nil {
			return nil, err
		}
	}
	if r.ProfileChange == (workspace.ProfileChange{}) {
		return ptr(a.Workspace.User(who.User))
	}
	return ptr(a.Workspace.ChangeProfile(who.User, r.ProfileChange))
}

func (a *API) changeTeam(r control.TeamRequest) (any, error) {
	if r.Name != "" {
		a.Workspace.RenameTeam(r.Name)
	}
	if r.Domain != "" {
		a.Workspace.SetDomain(r.Domain)
	}
	return a.Workspace.Team(), nil
}

func (a *API) changeEmoji(r control.EmojiRequest) (any, error) {
	switch {
	case len(r.Content) > 0:
		return nil, a.Workspace.DrawEmoji(r.Name, r.Content)
	case r.Rename != "":
		return nil, a.Workspace.RenameEmoji(r.Name, r.Rename)
	case r.Value == "":
		return nil, a.Workspace.RemoveEmoji(r.Name)
	}
	a.Workspace.SetEmoji(r.Name, r.Value, false)
	return nil, nil
}

func (a *API) unfurl(r control.EditRequest) (any, error) {
	ch, err := a.Workspace.FindConversation(r.Channel)
	if err != nil {
		return nil, err
	}
	return ptr(a.Workspace.Unfurl(ch.ID, r.TS, r.Attachments))
}

func (a *API) saveUserGroup(r control.UserGroupRequest) (any, error) {
	users, err := a.users(r.Users)
	if err != nil {
		return nil, err
	}
	return ptr(a.Workspace.SaveUserGroup(workspace.UserGroup{ID: r.ID, Name: r.Name, Handle: r.Handle, Description: r.Description, Users: users}))
}
