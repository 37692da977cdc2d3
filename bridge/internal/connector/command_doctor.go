package connector

import (
	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/format"
)

// doctorCommand answers `!slack doctor` in a management room.
func (c *Connector) doctorCommand() *commands.FullHandler {
	return &commands.FullHandler{
		Name: "doctor",
		Func: c.tellDoctor,
		Help: commands.HelpMeta{
			Section: commands.HelpSectionMisc, Description: "Ask every hop between Slack and Matrix how it is; takes five seconds at most",
		},
	}
}

func (c *Connector) tellDoctor(ce *commands.Event) {
	switch {
	case ce.RoomID != ce.User.ManagementRoom:
		ce.Reply("Write this in your own chat with the bot: how the bridge is is not for everyone here.")
		return
	case !ce.User.Permissions.Admin:
		ce.Reply("This is for admins of the bridge. `status` says how it is.")
		return
	case c.options.Doctor == nil:
		ce.Reply("This bridge has no doctor.")
		return
	}
	report, err := c.options.Doctor(ce.Ctx)
	if err != nil {
		zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("The doctor failed")
		ce.Reply("%s", format.EscapeMarkdown(err.Error()))
		return
	}
	ce.Reply("```\n%s```", report)
}
