package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"ops-jrz1/bridge/internal/doctor"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/trouble"
)

// probePatience is how long a probe may be away before people are told: a homeserver that is
// restarted needs no one.
const probePatience = 2 * time.Minute

// watchTroubles tells the owners of logins until the stop of what no login's state says.
func (a *App) watchTroubles() {
	watch := trouble.New(trouble.Config{
		Look: func(ctx context.Context) []trouble.Trouble {
			status, _ := a.Status(ctx) // it does not fail
			return append(troublesIn(status, time.Now()), fullDisks(doctor.Folders(a.config, os.LookupEnv), doctor.FreeSpace)...)
		},
		Owners: a.owners, Log: a.log.Named("trouble"),
	})
	a.handled.Go(func() { watch.Run(a.background) })
}

// owners are those who are told.
func (a *App) owners() (owners []trouble.Owner) {
	for id, tell := range a.slack.Owners() {
		owners = append(owners, trouble.Owner{ID: id.String(), Tell: tell})
	}
	return owners
}

// troublesIn are the troubles that a status shows.
func troublesIn(status operator.Status, now time.Time) (found []trouble.Trouble) {
	seen := status.Homeserver
	if status.Phase == operator.Up && !seen.Delivers && !seen.Proven.IsZero() && now.Sub(seen.Waiting) > probePatience {
		found = append(found, trouble.Trouble{
			Name: "delivery", Line: "The homeserver does not deliver to the bridge what is said in Matrix",
			Cure:   "see in the homeserver's log why it sends no transactions, and restart it; `slack-bridge doctor` names what is in the way. It delivers afterwards what is missing",
			Logged: true, // by the watch over the deliveries
		})
	}
	if status.Incomplete != "" {
		found = append(found, trouble.Trouble{
			Name: "database", Line: "The bridge's database does not answer",
			Cure: "see its log and whether its disk is full; what waits goes on by itself afterwards",
		})
	}
	return found
}

// fullDisks are the folders without room. Those of one file system are one trouble.
func fullDisks(folders []string, free func(string) (free, disk uint64, err error)) []trouble.Trouble {
	for _, folder := range folders {
		if left, _, err := free(folder); err == nil && left < doctor.MustBeFree {
			return []trouble.Trouble{{
				Name: "disk", Line: fmt.Sprintf("The disk is full: %d MiB are free at %s", left>>20, folder),
				Cure: "make room: `journalctl --vacuum-size=200M; nix-collect-garbage -d`. What waits goes on by itself afterwards",
			}}
		}
	}
	return nil
}
