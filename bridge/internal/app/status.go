package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/operator"
)

// statusTime is how long a status waits for the database. Without it the numbers are those
// that are in memory.
const statusTime = 2 * time.Second

// Status says how the bridge is. It never fails because something else is not well.
func (a *App) Status(ctx context.Context) (operator.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	status := operator.Status{
		Version: a.version, At: time.Now(), Started: a.started, Configuration: a.config.Digest,
		Logins: a.slack.LoginStatuses(), Homeserver: a.homeserverStatus(), Reading: a.slack.Reading(),
	}
	status.Phase, status.Doing = a.life.now()
	box := a.slack.Inbox()
	if box == nil {
		return status, nil
	}
	backlog, err := box.Backlog(ctx)
	if err == nil {
		status.Rooms, err = a.slack.Rooms(ctx)
	}
	if err == nil {
		status.Filling, err = a.slack.Filling(ctx)
	}
	if err != nil {
		status.Incomplete = "the database does not answer"
	}
	status.Inbox = sources(box, backlog)
	return status, nil
}

func (a *App) homeserverStatus() operator.HomeserverStatus {
	seen := a.watch.State()
	return operator.HomeserverStatus{
		Transactions: a.server.Stats().State,
		Delivers:     seen.Delivers, Proven: seen.Proven, Waiting: seen.Waiting, Refused: seen.Refused,
	}
}

// sources says what is left of each source that is known in memory or in the database.
func sources(box *inbox.Inbox, backlog map[string]inbox.Backlog) (list []operator.SourceStatus) {
	waiting, activity := box.Stats().Waiting, box.Activity()
	names := map[string]bool{matrixevent.Source: true}
	for name := range waiting {
		names[name] = true
	}
	for name := range backlog {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		left, seen := backlog[name], activity[name]
		list = append(list, operator.SourceStatus{
			Source: name, Waiting: waiting[name], Parked: left.Parked, Oldest: left.Oldest, Received: seen.Received, Done: seen.Done,
		})
	}
	return list
}
