package connector

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// peopleInMemory is how many people are kept in memory; the others that were seen are in
// the database.
const peopleInMemory = 1000

// users knows the users and bots of a workspace that were seen: Slack is asked for each
// once, and its answer is kept in the database. Changes come as events, and Slack is asked
// again when a person speaks whose entry is old (users_refresh.go).
type users struct {
	client *Client
	now    func() time.Time

	// told is what messages say about their authors.
	told *lru[slackevent.Author]
	// looked is when it was last checked whether a speaker's entry is old.
	looked *lru[time.Time]
	// pictureless are the addresses of avatars that failed to download, and since when.
	pictureless *lru[time.Time]
	// uploaded are the pictures of bots' messages by their addresses.
	uploaded *lru[id.ContentURIString]
}

// seen are the people that were seen, whichever login saw them. Its keys are ghosts' ids.
type seen struct {
	recent *lru[slackdb.Person]
	// asking keeps Slack from being asked for the same person twice at once.
	asking *locks[networkid.UserID]
}

func newSeen() *seen {
	return &seen{recent: newLRU[slackdb.Person](peopleInMemory), asking: newLocks[networkid.UserID]()}
}

func newUsers(client *Client) *users {
	return &users{
		client: client, now: time.Now,
		told: newLRU[slackevent.Author](peopleInMemory), looked: newLRU[time.Time](peopleInMemory),
		pictureless: newLRU[time.Time](peopleInMemory), uploaded: newLRU[id.ContentURIString](peopleInMemory),
	}
}

// learn notes what a message says about its author.
func (p *users) learn(author slackevent.Author) {
	if author.Name != "" && !p.client.hasErased(author.ID) {
		p.told.put(author.ID, author)
	}
}

// person returns a user or bot from memory, from the database, or from Slack. If Slack says
// nothing about them, their message has to do. What a message says about a bot is as good
// as Slack's own answer, unless the name was chosen for that message.
func (p *users) person(ctx context.Context, id string) (slackdb.Person, error) {
	told, isTold := p.told.get(id)
	if isTold && (id == slackevent.SystemUser || isBot(id) && !told.Chosen) {
		return personTold(told), nil
	}
	defer p.lock(id)()
	known, ok, err := p.stored(ctx, id)
	if ok || err != nil {
		return known, err
	}
	found, err := p.ask(ctx, id)
	switch {
	case err == nil:
		_, err := p.keepLocked(ctx, found)
		return found, err
	case isTold:
		return personTold(told), nil
	}
	return slackdb.Person{}, err
}

// key names a person in this workspace.
func (p *users) key(id string) networkid.UserID { return slackid.MakeUserID(p.client.team, id) }

// lock locks a person: their entry changes only under the lock.
func (p *users) lock(id string) (unlock func()) {
	return p.client.connector.seen.asking.lock(p.key(id))
}

// stored returns what Slack has already said about a person, who must be locked.
func (p *users) stored(ctx context.Context, id string) (known slackdb.Person, ok bool, err error) {
	seen := p.client.connector.seen.recent
	ghost := string(p.key(id))
	if known, ok = seen.get(ghost); ok {
		return known, true, nil
	}
	known, ok, err = p.client.connector.db.Person(ctx, p.client.team, id)
	if ok {
		seen.put(ghost, known)
	}
	return known, ok, err
}

// known returns what Slack has said about a person so far.
func (p *users) known(ctx context.Context, id string) (slackdb.Person, error) {
	defer p.lock(id)()
	known, _, err := p.stored(ctx, id)
	return known, err
}

// ask asks Slack for a person, unless they were erased. It does not wait long for rate limits: others wait for the
// same person.
func (p *users) ask(ctx context.Context, id string) (slackdb.Person, error) {
	if p.client.hasErased(id) {
		return erasedPerson(id), nil
	}
	ctx = slackapi.WaitAtMost(ctx, lockPatience)
	if isBot(id) {
		bot, err := p.client.api.Bot(ctx, id)
		if err != nil {
			return slackdb.Person{}, fmt.Errorf("look up bot %s: %w", id, err)
		}
		return p.dated(personOfBot(*bot)), nil
	}
	user, err := p.client.api.User(ctx, id)
	if err != nil {
		return slackdb.Person{}, fmt.Errorf("look up user %s: %w", id, err)
	}
	return p.dated(personOf(*user)), nil
}

func (p *users) dated(person slackdb.Person) slackdb.Person {
	person.Fetched = p.now()
	return person
}

// keep stores what Slack says about a person; news is false if something newer is known, or
// if the person was erased.
func (p *users) keep(ctx context.Context, person slackdb.Person) (news bool, err error) {
	defer p.lock(person.ID)()
	return p.keepLocked(ctx, person)
}

func (p *users) keepLocked(ctx context.Context, person slackdb.Person) (news bool, err error) {
	if p.client.hasErased(person.ID) {
		return false, nil
	}
	news, err = p.client.connector.db.PutPerson(ctx, p.client.team, person)
	seen, ghost := p.client.connector.seen.recent, string(p.key(person.ID))
	if err == nil {
		err = p.client.connector.noteHome(ctx, slackdb.Stranger{Team: p.client.team, ID: person.ID, Home: person.Team})
	}
	if err == nil && news {
		seen.put(ghost, person)
	} else {
		seen.drop(ghost) // the database knows better
	}
	return news, err
}

// isBot says whether an id belongs to a bot without a user.
func isBot(id string) bool { return strings.HasPrefix(id, "B") }

// personOf is what is kept about a user.
func personOf(user slackevent.User) slackdb.Person {
	profile := user.Profile
	return slackdb.Person{
		ID: user.ID, Team: user.TeamID, Name: user.Name, RealName: user.RealName,
		DisplayName: profile.DisplayName, FirstName: profile.FirstName, LastName: profile.LastName, Title: profile.Title,
		Picture: cmp.Or(profile.Image512, profile.Image192, profile.Image72, profile.Image48),
		IsBot:   user.IsBot, IsAppUser: user.IsAppUser, Deleted: user.Deleted, Updated: user.Updated,
		Role:       roleOf(user),
		StatusText: profile.StatusText, StatusEmoji: profile.StatusEmoji, StatusUntil: profile.StatusExpiration,
	}
}

// personOfBot is what is kept about a bot.
func personOfBot(bot slackevent.Bot) slackdb.Person {
	return slackdb.Person{
		ID: bot.ID, Team: bot.TeamID, Name: bot.Name, RealName: bot.Name, DisplayName: bot.Name,
		Picture: bot.Icons.Picture(), IsBot: true, Updated: bot.Updated,
	}
}

// personTold is who a message says its author is.
func personTold(author slackevent.Author) slackdb.Person {
	return slackdb.Person{
		ID: author.ID, Name: author.Name, RealName: author.Name, DisplayName: author.Name,
		Picture: author.Picture, IsBot: author.IsBot,
	}
}
