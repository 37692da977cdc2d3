package connector

import (
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/format"

	"ops-jrz1/bridge/internal/operator"
)

// statusCommand answers `!slack status` in a management room.
func (c *Connector) statusCommand() *commands.FullHandler {
	return &commands.FullHandler{
		Name: "status",
		Func: c.tellStatus,
		Help: commands.HelpMeta{Section: commands.HelpSectionMisc, Description: "See how the bridge, Slack and the homeserver are"},
	}
}

func (c *Connector) tellStatus(ce *commands.Event) {
	switch {
	case ce.RoomID != ce.User.ManagementRoom:
		ce.Reply("Write this in your own chat with the bot: how the bridge is is not for everyone here.")
		return
	case !ce.User.Permissions.Admin && len(ce.User.GetUserLoginIDs()) == 0:
		ce.Reply("This is for admins of the bridge and for the owners of its logins.")
		return
	case c.options.Status == nil:
		ce.Reply("This bridge cannot say how it is.")
		return
	}
	status, err := c.options.Status(ce.Ctx)
	if err != nil {
		zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("A command about the status failed")
		ce.Reply("%s", format.EscapeMarkdown(err.Error()))
		return
	}
	ce.Reply("%s", statusText(status, time.Now()))
}

// statusText is a status in a chat: the troubles first, each with its cure.
func statusText(status operator.Status, now time.Time) string {
	var text strings.Builder
	for _, trouble := range status.Troubles() {
		text.WriteString("* " + format.EscapeMarkdown(trouble) + "\n")
	}
	if text.Len() == 0 {
		text.WriteString("All is well.\n")
	}
	text.WriteString("\n```\n")
	_ = operator.WriteStatus(&text, status, now) // a builder takes everything
	text.WriteString("```")
	return text.String()
}
