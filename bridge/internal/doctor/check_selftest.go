package doctor

import (
	"context"
	"fmt"
	"os"

	"ops-jrz1/bridge/internal/operator"
)

// checkSelftest has the running bridge post in a channel, wait for its own post and delete
// it. The doctor opens no socket of its own: Slack would send it what the bridge waits for.
func (e *examination) checkSelftest(ctx context.Context) (string, []Finding) {
	channel := e.config.Network.SelftestChannel
	if channel == "" {
		return selftestNotSet.one("network.selftest_channel is not set", "", "set it to a channel for tests, invite the bot there, and restart the bridge")
	}
	client, err := operator.Connect(ctx, e.config.OperatorSocket(os.LookupEnv))
	var done operator.SelfTest
	if err == nil {
		done, err = client.SelfTest(ctx)
	}
	if err != nil {
		return selftestRefused.one("the running bridge made no self-test", plainHTTP(err), "see its log: journalctl -u slack-bridge -n 50")
	}
	var found []Finding
	switch {
	case !done.Posted:
		return selftestRefused.one("the running bridge posted nothing in "+channel, done.Problem, "see what Slack says, and that the bot is in the channel")
	case !done.Echoed:
		found = append(found, selftestLost.found("a post in "+channel+" did not come back over the bridge's socket", "",
			"see that the app subscribes to messages (`--tokens`), and that nothing else uses its app-level token"))
	}
	if !done.Deleted {
		found = append(found, selftestLeft.found("the post in "+channel+" could not be deleted", done.Problem, "delete it in Slack"))
	}
	return fmt.Sprintf("a post in %s came back in %d ms", channel, done.TookMS), found
}
