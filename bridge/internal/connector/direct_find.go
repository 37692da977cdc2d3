package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// slackUserID is the shape of a user's id.
var slackUserID = regexp.MustCompile(`^[UW][A-Z0-9]+$`)

// findPeople returns the people whom a person in Matrix names in a command: several if
// each word names one by id, @name or e-mail address, else one.
func (c *Client) findPeople(ctx context.Context, words []string) ([]slackevent.User, error) {
	names := words
	if len(words) == 0 || slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(word, "@") && !slackUserID.MatchString(word) }) {
		names = []string{strings.Join(words, " ")}
	}
	var people []slackevent.User
	for _, name := range names {
		person, err := c.findPerson(ctx, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(people, func(known slackevent.User) bool { return known.ID == person.ID }) {
			people = append(people, *person)
		}
	}
	return people, nil
}

// findPerson returns the person with an id, an e-mail address or a name in Slack, if they
// can be written to.
func (c *Client) findPerson(ctx context.Context, name string) (*slackevent.User, error) {
	name = strings.TrimSpace(name)
	if mention, ok := strings.CutPrefix(name, "<@"); ok {
		name, _, _ = strings.Cut(strings.TrimSuffix(mention, ">"), "|")
	}
	person, err := c.lookUpPerson(ctx, name)
	if err != nil {
		return nil, err
	}
	return person, c.writable(person)
}

func (c *Client) lookUpPerson(ctx context.Context, name string) (*slackevent.User, error) {
	bare := strings.TrimPrefix(name, "@")
	switch {
	case bare == "":
		return nil, errors.New("name a person of Slack: by id, @name or e-mail address")
	case strings.HasPrefix(name, "@") && strings.Contains(bare, ":"):
		return nil, fmt.Errorf("%s is a person in Matrix", name)
	case strings.Contains(bare, "@"):
		person, err := c.api.UserByEmail(ctx, bare)
		if slackapi.HasCode(err, "users_not_found") {
			return nil, fmt.Errorf("no one in %s has the e-mail address %s", c.teamNames().Name, bare)
		}
		return person, err
	case slackUserID.MatchString(name):
		person, err := c.api.User(ctx, name)
		if !slackapi.HasCode(err, "user_not_found") {
			return person, err
		}
	}
	return c.personNamed(ctx, bare)
}

// personNamed returns the one person with a name: their handle, or else the name that they
// chose, or else their full name.
func (c *Client) personNamed(ctx context.Context, name string) (*slackevent.User, error) {
	var byHandle, byDisplayName, byRealName []slackevent.User
	for page, err := range c.api.Users(ctx) {
		if err != nil {
			return nil, err
		}
		for _, user := range page {
			switch {
			case strings.EqualFold(user.Name, name):
				byHandle = append(byHandle, user)
			case strings.EqualFold(slackfmt.Name(user.Profile.DisplayName), name):
				byDisplayName = append(byDisplayName, user)
			case strings.EqualFold(slackfmt.Name(cmp.Or(user.Profile.RealName, user.RealName)), name):
				byRealName = append(byRealName, user)
			}
		}
	}
	for _, found := range [][]slackevent.User{byHandle, byDisplayName, byRealName} {
		if active := slices.DeleteFunc(slices.Clone(found), func(user slackevent.User) bool { return user.Deleted }); len(active) > 0 {
			found = active
		}
		switch {
		case len(found) == 1:
			return &found[0], nil
		case len(found) > 1:
			return nil, fmt.Errorf("several people in %s are called %s: %s; name one by id", c.teamNames().Name, name, listPeople(found))
		}
	}
	return nil, fmt.Errorf("no one in %s is called %s", c.teamNames().Name, name)
}

// listPeople lists people with their ids.
func listPeople(people []slackevent.User) string {
	var names []string
	for _, person := range people {
		names = append(names, fmt.Sprintf("%s (%s)", personName(person), person.ID))
	}
	return strings.Join(names, ", ")
}

// personName is what a person is called in an answer.
func personName(person slackevent.User) string {
	return slackfmt.Name(cmp.Or(person.Profile.RealName, person.RealName, person.Profile.DisplayName, person.Name, person.ID))
}

// writable says why Slack lets no app write to a person, or nil if it does (Slack docs:
// conversations.open, user_disabled; chat.postMessage, cannot_dm_bot).
func (c *Client) writable(person *slackevent.User) error {
	switch {
	case person.Deleted:
		return fmt.Errorf("the account of %s is deactivated in Slack", personName(*person))
	case person.ID == c.bot:
		return errors.New("that is the bridge's own bot in Slack")
	case person.IsBot, person.ID == slackevent.SystemUser:
		return fmt.Errorf("%s is a bot, and Slack has no direct conversations between bots", personName(*person))
	}
	return nil
}
