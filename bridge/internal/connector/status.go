package connector

import (
	"context"
	"slices"
	"strings"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/operator"
)

// LoginStatuses returns the status of each login.
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
	return c.db.CountRooms(ctx)
}

// shownConversations is how many LastMessages returns.
const shownConversations = 50

// LastMessages returns the conversations in which something was said last, from which side
// it was and when.
func (c *Connector) LastMessages(ctx context.Context) (list []operator.RoomStatus, err error) {
	if c.opened.Load() == nil {
		return nil, nil // the tables are not there yet
	}
	var bots []networkid.UserID
	for _, client := range c.clients.all() {
		bots = append(bots, client.GetUserID())
	}
	rooms, err := c.db.LastMessages(ctx, bots, shownConversations)
	for _, room := range rooms {
		shown := operator.RoomStatus{Name: room.Name, FromSlack: room.FromSlack, FromMatrix: room.FromMatrix}
		if room.Direct || room.Name == "" {
			shown.Name = "a direct conversation"
		}
		list = append(list, shown)
	}
	return list, err
}
