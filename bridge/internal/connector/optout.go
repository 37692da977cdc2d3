package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// A person of either side can opt out: what they say, change and react with is not carried
// from then on. They can still delete what was carried before. Each room is told once.

// The words for that, as commands in Matrix and as messages to the bot in Slack.
const (
	optOutName = "opt-out"
	optInName  = "opt-in"
)

// optOuts are the people who have opted out: Matrix user ids, and ghosts' ids.
type optOuts struct {
	mu sync.Mutex
	// people have true if they were erased, too.
	people map[string]bool
}

// load reads who they are, instead of what is known.
func (o *optOuts) load(ctx context.Context, db *slackdb.DB) error {
	list, err := db.OptedOut(ctx)
	if err != nil {
		return err
	}
	erased, err := db.Erased(ctx)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.people = map[string]bool{}
	for _, person := range list {
		o.people[person] = slices.Contains(erased, person)
	}
	return nil
}

func (o *optOuts) has(person string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, out := o.people[person]
	return out
}

// isErased says whether a person was erased, and has not opted in again.
func (o *optOuts) isErased(person string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.people[person]
}

func (o *optOuts) set(person string, out bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.people == nil {
		o.people = map[string]bool{}
	}
	_, known := o.people[person]
	switch {
	case !out:
		delete(o.people, person)
	case !known: // one who was erased stays so
		o.people[person] = false
	}
}

// erase notes that people were erased.
func (o *optOuts) erase(people ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.people == nil {
		o.people = map[string]bool{}
	}
	for _, person := range people {
		o.people[person] = true
	}
}

// erased are the people who were erased.
func (o *optOuts) erased() (people []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for person, erased := range o.people {
		if erased {
			people = append(people, person)
		}
	}
	return people
}

// choose notes what a person has chosen.
func (c *Connector) choose(ctx context.Context, person string, out bool) error {
	if out {
		if err := c.db.OptOut(ctx, person, time.Now()); err != nil {
			return err
		}
	} else if err := c.db.OptIn(ctx, person); err != nil {
		return err
	}
	c.optOuts.set(person, out)
	return nil
}

// handleChoice handles `opt-out` and `opt-in` of a person in Matrix, who need not be allowed
// to give other commands. Unlike those it may be handled again.
func (c *Connector) handleChoice(ctx context.Context, evt *event.Event) (handled bool, err error) {
	prefix := c.bridge.Config.CommandPrefix
	body := evt.Content.AsMessage().Body
	if isCommand(body, prefix) {
		body = strings.TrimPrefix(body, prefix)
	}
	word := strings.Join(strings.Fields(strings.ToLower(body)), " ")
	if word == eraseSelf {
		return true, c.eraseSender(ctx, evt)
	}
	if word != optOutName && word != optInName {
		return false, nil
	}
	out := word == optOutName
	if err := c.choose(ctx, evt.Sender.String(), out); err != nil {
		return true, err
	}
	text := fmt.Sprintf("What %s says in bridged rooms is carried to Slack again.", evt.Sender)
	if out {
		text = fmt.Sprintf("%s has opted out: what they say in bridged rooms is not carried to Slack. %s %s ends that.", evt.Sender, prefix, optInName)
	}
	return true, c.notice(withSendPlan(ctx, newSendPlan("choice "+evt.ID.String(), "notice")), evt.RoomID, text)
}

// choiceCommands are those words in the list of commands. handleChoice answers them before
// the framework does.
func (c *Connector) choiceCommands() []commands.CommandHandler {
	var handlers []commands.CommandHandler
	for name, what := range map[string]string{
		optOutName: "Have nothing that you say carried to Slack",
		optInName:  "Have what you say carried to Slack again",
	} {
		handlers = append(handlers, &commands.FullHandler{
			Name: name, Func: func(ce *commands.Event) { ce.Reply("Write `%s` alone.", name) },
			Help: commands.HelpMeta{Section: commands.HelpSectionMisc, Description: what},
		})
	}
	return handlers
}

// isSaid says whether an event of a room says something to others.
func isSaid(evt *event.Event) bool {
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventReaction, event.EventUnstablePollStart, event.EventUnstablePollResponse:
		return true
	}
	return false
}

// keepsBack says whether an event is not carried because its sender has opted out.
func (c *Connector) keepsBack(ctx context.Context, evt *event.Event) (bool, error) {
	person := evt.Sender.String()
	if !isSaid(evt) || !c.optOuts.has(person) {
		return false, nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil {
		return true, wrapped(err, "load the portal of %s", evt.RoomID)
	}
	return true, c.tellOptedOut(ctx, person, evt.RoomID, evt.ID.String(), fmt.Sprintf(
		"What %s says here is not in Slack: they have opted out. %s %s ends that.", evt.Sender, c.bridge.Config.CommandPrefix, optInName))
}

// tellOptedOut tells a room once that a person has opted out. occasion names what is not carried: they
// may opt in and out again.
func (c *Connector) tellOptedOut(ctx context.Context, person string, room id.RoomID, occasion, text string) error {
	if told, err := c.db.IsOptOutTold(ctx, person, room); told || err != nil {
		return err
	}
	if err := c.notice(withSendPlan(ctx, newSendPlan("opted out "+person+" "+occasion, "notice")), room, text); err != nil {
		return err
	}
	return c.db.PutOptOutTold(ctx, person, room)
}

// hasOptedOut says whether a user of Slack has.
func (c *Client) hasOptedOut(user string) bool {
	return c.connector.optOuts.has(string(c.ghostID(user)))
}

// leavesOut says whether a message of Slack is not carried because its author has opted out,
// and tells its room so.
func (c *Client) leavesOut(ctx context.Context, message *slackevent.Message) (bool, error) {
	author := message.Author().ID
	if !c.hasOptedOut(author) {
		return false, nil
	}
	key, err := c.conversations.portalKey(ctx, message.Channel, message.ChannelType)
	if err != nil {
		return true, err
	}
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return true, err
	}
	name, err := c.nameOf(ctx, author)
	if err != nil {
		return true, err
	}
	return true, c.connector.tellOptedOut(ctx, string(c.ghostID(author)), c.connector.roomOf(portal), message.Channel+" "+message.TS,
		fmt.Sprintf("What %s says in Slack is not here: they have opted out of the bridge.", name))
}

// hearChoice handles the words for opting out that a person in Slack says to the bot, and
// says whether a message is one of them.
func (c *Client) hearChoice(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) (chosen bool, err error) {
	if !isToBot(message) {
		return false, nil
	}
	word := strings.Join(strings.Fields(strings.ToLower(message.Text)), "-")
	switch word {
	case strings.ReplaceAll(eraseSelf, " ", "-"):
		return true, c.eraseAuthor(ctx, row, message)
	case optOutName, optInName:
	default:
		return false, nil
	}
	for _, name := range c.connector.inSlack(c.team, message.User).names() {
		if err := c.connector.choose(ctx, name, word == optOutName); err != nil {
			return true, err
		}
	}
	if word == optInName {
		if err := c.unErase(ctx, message.User); err != nil {
			return true, err
		}
	}
	text := "What you say in this workspace is brought to Matrix again."
	if word == optOutName {
		text = "You have opted out: nothing that you say in this workspace is brought to Matrix from now on. Write `opt in` to me to end that."
	}
	return true, c.sayToPerson(ctx, row, message, "choice", text)
}
