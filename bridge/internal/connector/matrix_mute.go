package connector

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
)

// errMuted is why what a muted person says is refused.
var errMuted = errors.New("an admin of the bridge has muted you; nothing that you say in bridged rooms is carried until they lift it")

// mutes are the people in Matrix whose words are not carried. The database has them too.
type mutes struct {
	mu     sync.Mutex
	people map[id.UserID]bool
	told   *toldOnce
}

func newMutes() *mutes {
	return &mutes{people: map[id.UserID]bool{}, told: newToldOnce()}
}

func (m *mutes) load(ctx context.Context, db *slackdb.DB) error {
	people, err := db.Muted(ctx)
	for _, person := range people {
		m.set(person, true)
	}
	return err
}

func (m *mutes) set(person id.UserID, muted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if muted {
		m.people[person] = true
		return
	}
	delete(m.people, person)
	m.told.forget(person)
}

func (m *mutes) has(person id.UserID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.people[person]
}

func (m *mutes) all() []id.UserID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.people))
}

// mayNotSpeak refuses what a muted person says: handled says that the event is done with. What is
// above a person's limit waits, which its error says. An event that may be in Slack already is handled as
// any other, so that it is noted. What a muted person changes about the channel its handler refuses.
func (c *Connector) mayNotSpeak(ctx context.Context, row *inbox.Attempt, evt *event.Event) (handled bool, err error) {
	if row.Unsure || len(row.Progress) > 0 {
		return false, nil
	}
	if c.mutes.has(evt.Sender) && !isAllowedMuted(evt) && !c.changesChannel(evt) {
		who := inRoom{evt.RoomID, evt.Sender}
		if err := c.refuse(ctx, evt, quietRefusal(errMuted, !isSaid(evt) || c.mutes.told.wasTold(who))); err != nil {
			return true, err
		}
		if isSaid(evt) {
			c.mutes.told.note(who)
		}
		return true, nil
	}
	return false, c.awaitLimit(ctx, row, evt)
}

// isAllowedMuted says whether a muted person's event is handled as any other's: they may
// delete what they said, come and go, and replace a room if its people let them. Others would be
// left behind in it.
func isAllowedMuted(evt *event.Event) bool {
	return evt.Type == event.EventRedaction || evt.Type == event.StateTombstone || evt.Type == event.StateMember && evt.GetStateKey() == evt.Sender.String()
}

// quietRefusal is a refusal of which the room is not told again if it is quiet.
func quietRefusal(why error, quiet bool) error {
	return bridgev2.WrapErrorInStatus(refusal(why)).WithSendNotice(!quiet)
}

const (
	muteName   = "mute"
	unmuteName = "unmute"
)

// muteCommands are `!slack mute` and `!slack unmute`, for admins in their chat with the bot. They
// go by the name that was written: in the framework unmute is an alias of mute, and aliases are
// looked up first (mautrix v0.30.0, bridgev2/commands, CommandMute).
func (c *Connector) muteCommands() []commands.CommandHandler {
	make := func(name, args, description string) commands.CommandHandler {
		return &commands.FullHandler{
			Name: name, RequiresAdmin: true,
			Func: c.muteCommand,
			Help: commands.HelpMeta{Section: commands.HelpSectionAdmin, Args: args, Description: description},
		}
	}
	return []commands.CommandHandler{
		make(muteName, "[_@USER:SERVER_]", "Carry nothing that a person in Matrix says, or list who is muted"),
		make(unmuteName, "_@USER:SERVER_", "Carry again what a person in Matrix says"),
	}
}

func (c *Connector) muteCommand(ce *commands.Event) {
	if ce.RoomID != ce.User.ManagementRoom {
		ce.Reply("Write this in your own chat with the bot: who is muted is not for everyone here.")
		return
	}
	answer, err := c.mute(ce.Ctx, ce.User.MXID, ce.Command, ce.Args)
	if err != nil {
		zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("A command about muting failed")
		answer = format.EscapeMarkdown(err.Error())
	}
	ce.Reply("%s", answer)
}

// mute runs `mute` or `unmute` for an admin and returns the answer in Markdown.
func (c *Connector) mute(ctx context.Context, admin id.UserID, name string, args []string) (string, error) {
	if name == muteName && len(args) == 0 {
		return mutedList(c.mutes.all()), nil
	}
	if len(args) != 1 {
		return "Write the full Matrix id of one person, as in `" + c.bridge.Config.CommandPrefix + " " + name + " @user:server`.", nil
	}
	person := id.UserID(args[0])
	if _, _, err := person.ParseAndValidateRelaxed(); err != nil {
		return format.SafeMarkdownCode(args[0]) + " is not a Matrix id: write it as `@user:server`, not as a name or a link.", nil
	}
	shown := format.SafeMarkdownCode(person)
	switch muted := c.mutes.has(person); {
	case c.Ours(person):
		return shown + " is the bridge's own user. What a person says in Slack is Slack's to forbid.", nil
	case name == unmuteName && !muted:
		return shown + " is not muted.", nil
	case name == unmuteName:
		if err := c.db.DropMuted(ctx, person); err != nil {
			return "", err
		}
		c.mutes.set(person, false)
		zerolog.Ctx(ctx).Info().Stringer("person", person).Stringer("admin", admin).Msg("A person in Matrix is no longer muted")
		return shown + " is no longer muted: what they say from now on is carried.", nil
	case muted:
		return shown + " is muted already.", nil
	}
	if err := c.db.PutMuted(ctx, person, admin); err != nil {
		return "", err
	}
	c.mutes.set(person, true)
	zerolog.Ctx(ctx).Info().Stringer("person", person).Stringer("admin", admin).Msg("A person in Matrix is muted")
	return shown + " is muted: nothing that they say is carried to Slack, in any room, and they are told so once in each.", nil
}

func mutedList(people []id.UserID) string {
	if len(people) == 0 {
		return "No one is muted."
	}
	var text strings.Builder
	text.WriteString("Muted:\n\n")
	for _, person := range people {
		text.WriteString("* " + format.SafeMarkdownCode(person) + "\n")
	}
	return text.String()
}
