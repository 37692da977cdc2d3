package connector

import (
	"context"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/operator"
)

// LoginStatuses says how each login is.
func (c *Connector) LoginStatuses() []operator.LoginStatus {
	var all []operator.LoginStatus
	for _, client := range c.clients.all() {
		all = append(all, client.status())
	}
	slices.SortFunc(all, func(a, b operator.LoginStatus) int { return strings.Compare(a.Login, b.Login) })
	return all
}

func (c *Client) status() operator.LoginStatus {
	unusable := c.unusable()
	c.mu.Lock()
	s := operator.LoginStatus{
		Login: string(c.login.ID), State: string(c.socket.Kind), Since: c.since, Reason: string(c.socket.Reason),
		Message: c.socket.Message, Next: c.socket.Next, Lost: c.lost, LostReason: string(c.lostWhy), RoomsReady: c.roomsMade.Load(),
	}
	c.mu.Unlock()
	if s.State == "" {
		s.State, s.Message = "connecting", "Slack has not said yet whose the tokens are"
	}
	if unusable != "" {
		s.State, s.Message = "unusable", unusable
	}
	for _, wait := range c.api.Waits() {
		s.Waits = append(s.Waits, operator.Wait{Method: wait.Method, Until: wait.Until, Calls: wait.Calls})
	}
	return s
}

// Reading counts the conversations that are read for what was missed.
func (c *Connector) Reading() (count int) {
	for _, client := range c.clients.all() {
		count += client.reads.underWay()
	}
	return count
}

// Rooms counts the bridged conversations.
func (c *Connector) Rooms(ctx context.Context) (int, error) {
	rooms, err := c.RoomsByActivity(ctx)
	return len(rooms), err
}
