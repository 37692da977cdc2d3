package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// checkChannels asks Slack whether a login's bot is in each channel that settings name.
func (e *examination) checkChannels(ctx context.Context) (string, []Finding) {
	named := e.config.Network.NamedChannels()
	if len(named) == 0 {
		return "no setting names a channel", nil
	}
	var in []slackevent.Conversation
	var bots []string
	for _, l := range e.logins {
		listed, err := l.api.Conversations(ctx, slackapi.PublicChannel, slackapi.PrivateChannel)
		if err != nil {
			return slackRoomsUnknown.one("which channels the bot is in is not known", plainHTTP(err), "try again")
		}
		in = append(in, listed...)
		bots = append(bots, "@"+l.who.BotName)
	}
	var missing []string
	for _, channel := range named {
		is := func(c slackevent.Conversation) bool { return channel.Is(c.Name, c.ID) }
		if line := fmt.Sprintf("%s (%s)", channel.Channel, channel.Key); !slices.ContainsFunc(in, is) {
			missing = append(missing, line)
		}
	}
	if len(missing) > 0 {
		return slackOutside.one("the bot is not in channels that settings name: "+strings.Join(missing, ", "), "what is said there does not cross",
			"invite it there (`/invite "+strings.Join(bots, "` or `/invite ")+"`), or correct the name")
	}
	return fmt.Sprintf("the bot is in all %d channels that settings name", len(named)), nil
}
