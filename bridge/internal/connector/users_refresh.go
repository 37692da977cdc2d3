package connector

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// personAge is how old a person's entry may be when they speak.
const personAge = 24 * time.Hour

// kindPerson is a row that asks Slack for a person again; the payload is their id. Such
// rows have a lane of their own, so that no message waits for them.
const kindPerson = "person"

// freshen has Slack asked again for a person who speaks, if their entry is old. Their
// message goes with the known name.
func (c *Client) freshen(ctx context.Context, id string) error {
	p := c.users
	now := p.now()
	if looked, ok := p.looked.get(id); id == slackevent.SystemUser || ok && now.Sub(looked) < personAge {
		return nil
	}
	known, _, err := c.connector.db.Person(ctx, c.team, id)
	if err != nil {
		return err
	}
	if now.Sub(known.Fetched) < personAge {
		p.looked.put(id, known.Fetched)
		return nil
	}
	if told, isTold := p.told.get(id); !isTold || !isBot(id) || told.Chosen { // else the message itself has said it
		if err := c.putPerson(ctx, id, now); err != nil {
			return err
		}
	}
	p.looked.put(id, now)
	return nil
}

func (c *Client) putPerson(ctx context.Context, id string, now time.Time) error {
	_, err := c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + "people", Kind: kindPerson, Payload: []byte(id),
		Key: "person " + id + " " + strconv.FormatInt(now.Unix()/int64(personAge.Seconds()), 10), // one a day
	})
	if err != nil {
		return fmt.Errorf("store that %s is to be asked for: %w", id, err)
	}
	return nil
}

// handlePerson handles a row of kind person.
func (c *Client) handlePerson(ctx context.Context, row *inbox.Attempt) error {
	id := string(row.Payload)
	person, err := c.users.ask(slackapi.Background(ctx), id)
	if err != nil {
		if _, passes := transient(err); passes {
			return err
		}
		// Slack says nothing more about them: the entry stays, for another day.
		return c.connector.db.TouchPerson(ctx, c.team, id, c.users.now())
	}
	news, err := c.keepRole(ctx, row, person)
	if err != nil || !news {
		return err
	}
	return c.show(ctx, person)
}
