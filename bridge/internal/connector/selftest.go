package connector

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

const (
	// sweepTime bounds the deletion of the post, which is also made for an operator who has
	// gone.
	sweepTime = 10 * time.Second
	// mayBeHeard bounds the bridge's own posts in a channel that come meanwhile.
	mayBeHeard = 64
)

// selfTests is the self-test that runs, if one does.
type selfTests struct {
	mu      sync.Mutex
	channel string
	heard   chan string
}

// begin notes that a test runs in a channel, and returns the timestamps of the bridge's own
// posts there; nil if another one runs.
func (s *selfTests) begin(channel string) <-chan string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channel != "" {
		return nil
	}
	s.channel, s.heard = channel, make(chan string, mayBeHeard)
	return s.heard
}

func (s *selfTests) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channel, s.heard = "", nil
}

// hear notes a post of the bridge's own that came over a socket.
func (s *selfTests) hear(message *slackevent.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channel == "" || message.Channel != s.channel {
		return
	}
	select {
	case s.heard <- message.TS:
	default: // the test has more than it reads
	}
}

// SelfTest posts in network.selftest_channel, waits until Slack tells of the post over the
// bridge's own socket, and deletes it. It opens no socket.
func (c *Connector) SelfTest(ctx context.Context, patience time.Duration) operator.SelfTest {
	client, channel, err := c.selfTestChannel(ctx)
	if err != nil {
		return operator.SelfTest{Problem: err.Error()}
	}
	heard := c.selfTests.begin(channel)
	if heard == nil {
		return operator.SelfTest{Problem: "another self-test is running"}
	}
	defer c.selfTests.end()
	begun := time.Now()
	posted, err := client.api.Post(ctx, slackapi.PostRequest{
		Channel: channel, Text: "A self-test of the bridge to Matrix. It is deleted at once.", EventID: "selftest-" + rand.Text(),
	})
	if err != nil {
		return operator.SelfTest{Problem: err.Error()}
	}
	done := operator.SelfTest{Posted: true, Echoed: isHeard(ctx, patience, heard, posted.TS), TookMS: time.Since(begun).Milliseconds()}
	sweep, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepTime)
	defer cancel()
	if err := client.api.Delete(sweep, channel, posted.TS); err != nil {
		done.Problem = err.Error()
		return done
	}
	done.Deleted = true
	return done
}

// isHeard says whether a post came back in time.
func isHeard(ctx context.Context, patience time.Duration, heard <-chan string, ts string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case other := <-heard:
			if other == ts {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// selfTestChannel finds the channel, and a login whose bot is in it.
func (c *Connector) selfTestChannel(ctx context.Context) (*Client, string, error) {
	name := c.options.Network.SelftestChannel
	if name == "" {
		return nil, "", errors.New("network.selftest_channel is not set in the configuration that the bridge runs with")
	}
	why := errors.New("no login is connected to Slack")
	for _, client := range c.clients.all() {
		if _, err := client.ready(); err != nil {
			why = err
			continue
		}
		channel, err := client.ownChannel(ctx, name)
		if err == nil {
			return client, channel, nil
		}
		why = err
	}
	return nil, "", why
}

// ownChannel returns the id of a channel that the login's bot is in.
func (c *Client) ownChannel(ctx context.Context, name string) (string, error) {
	is := isChannel(c.connector.moves.current(c.team, name))
	isIn := func(conversation slackevent.Conversation) bool { return conversation.IsMember && is(conversation) }
	if conversation, known := c.conversations.find(isIn); known {
		return conversation.ID, nil
	}
	own, err := c.api.Conversations(ctx)
	if err != nil {
		return "", err
	}
	for _, conversation := range own {
		if is(conversation) {
			return conversation.ID, nil
		}
	}
	return "", errors.New("the bot is not in " + name)
}
