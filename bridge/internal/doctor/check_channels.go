package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
)

// checkChannels asks Slack whether a login's bot is in each channel that settings name.
func (e *examination) checkChannels(ctx context.Context) (string, []Finding) {
	named := e.config.Network.NamedChannels()
	if len(named) == 0 {
		return "no setting names a channel", nil
	}
	outside := slices.Clone(named)
	var bots []string
	for _, l := range e.logins {
		listed, err := l.api.Conversations(ctx, slackapi.PublicChannel, slackapi.PrivateChannel)
		if err != nil {
			return slackRoomsUnknown.one("which channels the bot is in is not known", plainHTTP(err), "try again")
		}
		bots = append(bots, "`/invite @"+l.who.BotName+"`")
		outside = slices.DeleteFunc(outside, func(channel settings.NamedChannel) bool {
			for _, conversation := range listed {
				if channel.Is(conversation.Name, conversation.ID) {
					return true
				}
			}
			return false
		})
	}
	if len(outside) > 0 {
		var lines []string
		for _, channel := range outside {
			lines = append(lines, fmt.Sprintf("%s (%s)", channel.Channel, channel.Key))
		}
		return slackOutside.one("the bot is not in channels that settings name: "+strings.Join(lines, ", "), "what is said there does not cross",
			"invite it there ("+strings.Join(bots, " or ")+"), or correct the name")
	}
	return fmt.Sprintf("the bot is in all %d channels that settings name", len(named)), nil
}
