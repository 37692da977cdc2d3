package connector

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// people knows the users and bots of a workspace.
type people struct {
	client *Client

	mu    sync.Mutex
	users map[string]slackevent.User
	bots  map[string]slackevent.Bot
	// told is what messages say of their authors.
	told map[string]slackevent.Author
	// pictureless are addresses of avatars that could not be had, and since when.
	pictureless map[string]time.Time
}

func newPeople(client *Client) *people {
	return &people{
		client: client, users: map[string]slackevent.User{}, bots: map[string]slackevent.Bot{},
		told:        map[string]slackevent.Author{},
		pictureless: map[string]time.Time{},
	}
}

func (p *people) put(user slackevent.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[user.ID] = user
}

func (p *people) cached(user string) (slackevent.User, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, known := p.users[user]
	return u, known
}

// learn notes what a message says of its author.
func (p *people) learn(author slackevent.Author) {
	if author.Name == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told[author.ID] = author
}

func (p *people) toldOf(id string) (slackevent.Author, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	author, known := p.told[id]
	return author, known
}

// user returns a user from memory, or from Slack; one of whom Slack tells nothing
// is who their message says.
func (p *people) user(ctx context.Context, id string) (slackevent.User, error) {
	if user, known := p.cached(id); known {
		return user, nil
	}
	told, known := p.toldOf(id)
	if id == slackevent.SystemUser && known {
		return userOf(told), nil
	}
	user, err := p.client.api.User(ctx, id)
	switch {
	case err == nil:
		p.put(*user)
		return *user, nil
	case known:
		return userOf(told), nil
	}
	return slackevent.User{}, fmt.Errorf("look up user %s: %w", id, err)
}

// bot returns a bot from memory, from what its message says, or from Slack.
func (p *people) bot(ctx context.Context, id string) (slackevent.Bot, error) {
	told, isTold := p.toldOf(id)
	if isTold && !told.Chosen {
		return botOf(told), nil
	}
	p.mu.Lock()
	bot, known := p.bots[id]
	p.mu.Unlock()
	if known {
		return bot, nil
	}
	found, err := p.client.api.Bot(ctx, id)
	switch {
	case err == nil:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bots[id] = *found
		return *found, nil
	case isTold:
		return botOf(told), nil
	}
	return slackevent.Bot{}, fmt.Errorf("look up bot %s: %w", id, err)
}

// userOf is an author as a user.
func userOf(author slackevent.Author) slackevent.User {
	return slackevent.User{
		ID: author.ID, Name: author.Name, RealName: author.Name, IsBot: author.IsBot,
		Profile: slackevent.Profile{DisplayName: author.Name, RealName: author.Name, Image72: author.Picture},
	}
}

// botOf is an author as a bot.
func botOf(author slackevent.Author) slackevent.Bot {
	return slackevent.Bot{ID: author.ID, Name: author.Name, Icons: slackevent.Icons{Image72: author.Picture}}
}

// name is what people call a user, by the configuration's template; the id where
// the template fails.
func (p *people) name(user slackevent.User) string {
	name, err := p.client.connector.options.Network.Displayname.Execute(settings.User{
		ID: user.ID, TeamID: user.TeamID, Name: slackfmt.Name(user.Name), RealName: slackfmt.Name(user.RealName),
		IsBot: user.IsBot, IsAppUser: user.IsAppUser, Deleted: user.Deleted,
		Profile: settings.Profile{
			DisplayName: slackfmt.Name(user.Profile.DisplayName), RealName: slackfmt.Name(user.Profile.RealName),
			FirstName: slackfmt.Name(user.Profile.FirstName), LastName: slackfmt.Name(user.Profile.LastName),
			Title: slackfmt.Name(user.Profile.Title),
		},
	})
	if err != nil {
		return user.ID
	}
	return name
}

// ghostID names the ghost of a Slack user or bot.
func (c *Client) ghostID(user string) networkid.UserID { return slackid.MakeUserID(c.team, user) }

// GetUserInfo implements bridgev2.NetworkAPI.
func (c *Client) GetUserInfo(ctx context.Context, ghost *bridgev2.Ghost) (*bridgev2.UserInfo, error) {
	if ghost.ID == "" {
		return nil, nil
	}
	_, id, err := slackid.ParseUserID(ghost.ID)
	if err != nil {
		return nil, err
	}
	if id[0] == 'B' {
		bot, err := c.people.bot(ctx, id)
		if err != nil {
			return nil, err
		}
		return c.people.botInfo(ctx, bot, ghost.AvatarID), nil
	}
	user, err := c.people.user(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.people.info(ctx, user, ghost.AvatarID), nil
}

// info is what a ghost shows of a user; shown is the avatar that it has.
func (p *people) info(ctx context.Context, user slackevent.User, shown networkid.AvatarID) *bridgev2.UserInfo {
	name, isBot := p.name(user), user.IsBot
	profile := user.Profile
	picture := first(profile.Image512, profile.Image192, profile.Image72, profile.Image48)
	return &bridgev2.UserInfo{
		Identifiers: []string{"slack:" + user.ID},
		Name:        &name,
		IsBot:       &isBot,
		Avatar:      p.avatar(ctx, picture, shown),
		ExtraUpdates: func(_ context.Context, ghost *bridgev2.Ghost) bool {
			meta, ok := ghost.Metadata.(*GhostMetadata)
			if !ok || meta.SlackUpdatedTS == user.Updated.Unix() {
				return false
			}
			meta.SlackUpdatedTS = user.Updated.Unix()
			return true
		},
	}
}

// botInfo is info for a bot that has no user.
func (p *people) botInfo(ctx context.Context, bot slackevent.Bot, shown networkid.AvatarID) *bridgev2.UserInfo {
	isBot := true
	name := p.botName(bot)
	return &bridgev2.UserInfo{
		Identifiers: []string{"slack:" + bot.ID},
		Name:        &name,
		IsBot:       &isBot,
		Avatar:      p.avatar(ctx, bot.Icons.Picture(), shown),
	}
}

// botName is name for a bot that has no user.
func (p *people) botName(bot slackevent.Bot) string {
	return p.name(slackevent.User{
		ID: bot.ID, TeamID: bot.TeamID, Name: bot.Name, RealName: bot.Name, IsBot: true,
		Profile: slackevent.Profile{DisplayName: bot.Name, RealName: bot.Name},
	})
}

// handleUserChange handles user_change and user_profile_changed: the ghost gets
// the user's name and picture as they are now.
func (c *Client) handleUserChange(ctx context.Context, _ *inbox.Attempt, event *slackevent.UserChange) error {
	c.people.put(event.User)
	defer c.connector.ghosts.lock(c.ghostID(event.User.ID))()
	ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, c.ghostID(event.User.ID))
	if err != nil {
		return fmt.Errorf("load the ghost of %s: %w", event.User.ID, err)
	}
	if ghost == nil {
		return nil // made with the new name when first needed
	}
	ghost.UpdateInfo(ctx, c.people.info(ctx, event.User, ghost.AvatarID))
	return nil
}

// load fills the memory with the workspace's users in one listing, so that
// making many rooms does not ask for each of them.
func (p *people) load(ctx context.Context) {
	count := 0
	for page, err := range p.client.api.Users(slackapi.Background(ctx)) {
		if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not list the workspace's users; each is looked up when first seen")
			return
		}
		for _, user := range page {
			p.put(user)
			count++
		}
	}
	zerolog.Ctx(ctx).Debug().Int("users", count).Msg("Listed the workspace's users")
}

// first returns the first of the values that is not empty.
func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
