package seed

import (
	"fmt"
	"maps"
	"slices"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// builder puts a seed's parts into a workspace and keeps who is who.
type builder struct {
	ws    *workspace.Workspace
	users map[string]string // name or id → id
	bots  map[string]string
}

func (b *builder) addUsers(f *File) error {
	for _, u := range f.Users {
		got, err := b.ws.AddUser(workspace.NewUser{
			ID: u.ID, Name: u.Name, RealName: u.RealName, DisplayName: u.DisplayName, Email: u.Email, Title: u.Title,
			Image: u.Image, TZ: u.TZ, Admin: u.Admin, Owner: u.Owner, Guest: u.Guest,
		})
		if err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
		b.users[u.Name], b.users[got.ID] = got.ID, got.ID
	}
	return nil
}

// deactivate ends the accounts of those who are gone, after what they said.
func (b *builder) deactivate(f *File) error {
	for _, u := range f.Users {
		if !u.Deleted {
			continue
		}
		if err := b.ws.SetDeleted(b.users[u.Name], true); err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
	}
	return nil
}

func (b *builder) addBots(f *File) error {
	for _, bot := range f.Bots {
		got := b.ws.AddBot(workspace.Bot{ID: bot.ID, Name: bot.Name, Icons: bot.Icons})
		b.bots[bot.Name], b.bots[got.ID] = got.ID, got.ID
	}
	return nil
}

func (b *builder) addApps(f *File) error {
	for i, a := range f.Apps {
		m, err := f.manifest(a)
		if err != nil {
			return fmt.Errorf("app %d: %w", i+1, err)
		}
		scopes := a.AppTokenScopes
		if scopes == nil {
			scopes = []string{"connections:write", "authorizations:read"}
		}
		n := m.App()
		n.ID, n.ClientID, n.ClientSecret, n.BotUser, n.BotID = a.ID, a.ClientID, a.ClientSecret, a.BotUser, a.BotID
		n.BotToken, n.AppToken, n.AppTokenScopes = a.BotToken, a.AppToken, scopes
		if n.Collaborators, err = b.ids(a.Collaborators); err != nil {
			return fmt.Errorf("app %q: %w", n.Name, err)
		}
		if a.Scopes != nil {
			n.Scopes = a.Scopes
		}
		app, err := b.ws.Install(n)
		if err != nil {
			return fmt.Errorf("app %q: %w", n.Name, err)
		}
		b.users[n.BotName], b.users[app.BotUser], b.bots[app.Name] = app.BotUser, app.BotUser, app.BotID
	}
	return nil
}

// addConfiguration gives people their tokens for the manifests of apps.
func (b *builder) addConfiguration(f *File) error {
	for _, c := range f.Configuration {
		users, err := b.ids([]string{c.User})
		if err != nil {
			return fmt.Errorf("configuration tokens: %w", err)
		}
		b.ws.IssueConfiguration(users[0], c.Token, c.RefreshToken)
	}
	return nil
}

// ids turns names into ids.
func (b *builder) ids(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		id, ok := b.users[name]
		if !ok {
			return nil, fmt.Errorf("no user %q in the seed", name)
		}
		out = append(out, id)
	}
	return out, nil
}

func (b *builder) addChannels(f *File) error {
	for _, c := range f.Channels {
		if err := b.addChannel(c); err != nil {
			return fmt.Errorf("channel %q: %w", c.Name, err)
		}
	}
	return nil
}

func (b *builder) addChannel(c Channel) error {
	members, err := b.ids(c.Members)
	if err != nil {
		return err
	}
	if c.Everyone {
		for _, u := range b.ws.Users() {
			if !u.IsBot && !u.Deleted && !slices.Contains(members, u.ID) {
				members = append(members, u.ID)
			}
		}
	}
	creator := b.users[c.Creator]
	if creator == "" && len(members) > 0 {
		creator = members[0]
	}
	kind := workspace.Public
	if c.Private {
		kind = workspace.Private
	}
	ch, err := b.ws.AddConversation(workspace.Channel{
		ID: c.ID, Kind: kind, Name: c.Name, Creator: creator, General: c.General, ReadOnly: c.ReadOnly, Members: members,
		Topic: workspace.Topic{Value: c.Topic, Creator: creator}, Purpose: workspace.Topic{Value: c.Purpose, Creator: creator},
	})
	if err != nil {
		return err
	}
	if err := b.say(ch.ID, c.Messages, ""); err != nil {
		return err
	}
	if c.Archived {
		return b.ws.Archive(workspace.Person(creator), ch.ID)
	}
	return nil
}

func (b *builder) addDirects(f *File) error {
	for _, d := range slices.Concat(f.MPIMs, f.IMs) {
		members, err := b.ids(d.Members)
		if err != nil {
			return fmt.Errorf("direct conversation: %w", err)
		}
		kind := workspace.MPIM
		if len(members) == 2 {
			kind = workspace.IM
		}
		if len(members) < 2 {
			return fmt.Errorf("direct conversation of %v: it needs two members", d.Members)
		}
		ch, err := b.ws.AddConversation(workspace.Channel{ID: d.ID, Kind: kind, Creator: members[0], Members: members})
		if err != nil {
			return fmt.Errorf("direct conversation of %v: %w", d.Members, err)
		}
		if err := b.say(ch.ID, d.Messages, ""); err != nil {
			return err
		}
	}
	return nil
}

// say posts the messages of a conversation or thread.
func (b *builder) say(channel string, messages []Message, thread string) error {
	for _, m := range messages {
		actor := workspace.Actor{Bot: b.bots[m.Bot]}
		if m.Bot == "" {
			id, ok := b.users[m.User]
			if !ok {
				return fmt.Errorf("message %q: no user %q in the seed", m.Text, m.User)
			}
			actor = workspace.Person(id)
		} else if actor.Bot == "" {
			return fmt.Errorf("message %q: no bot %q in the seed", m.Text, m.Bot)
		}
		said, err := b.ws.Post(workspace.Post{Actor: actor, Channel: channel, Text: m.Text, ThreadTS: thread, Broadcast: m.Broadcast})
		if err != nil {
			return fmt.Errorf("message %q: %w", m.Text, err)
		}
		if err := b.react(channel, said.TS, m.Reactions); err != nil {
			return fmt.Errorf("message %q: %w", m.Text, err)
		}
		if err := b.say(channel, m.Replies, said.TS); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) react(channel, ts string, reactions map[string][]string) error {
	for _, name := range slices.Sorted(maps.Keys(reactions)) {
		users, err := b.ids(reactions[name])
		if err != nil {
			return err
		}
		for _, user := range users {
			if err := b.ws.React(workspace.Person(user), channel, ts, name); err != nil {
				return fmt.Errorf("reaction %q: %w", name, err)
			}
		}
	}
	return nil
}

func (b *builder) addExtras(f *File) error {
	for _, name := range slices.Sorted(maps.Keys(f.Emoji)) {
		b.ws.SetEmoji(name, f.Emoji[name], true)
	}
	for _, g := range f.UserGroups {
		users, err := b.ids(g.Users)
		if err != nil {
			return fmt.Errorf("user group %q: %w", g.Name, err)
		}
		b.ws.AddUserGroup(workspace.UserGroup{ID: g.ID, Name: g.Name, Handle: g.Handle, Description: g.Description, Users: users})
	}
	return nil
}
