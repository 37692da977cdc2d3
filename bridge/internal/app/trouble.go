package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
	frameworkdb "maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/doctor"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/trouble"
)

// probePatience is how long a probe may be away before people are told: a homeserver that is
// restarted needs no one. slackPatience is the same for Slack.
const (
	probePatience = 2 * time.Minute
	slackPatience = 3 * time.Minute
)

// keyTold is where the framework's table of keys and values has what owners were told.
const keyTold frameworkdb.Key = "ops_jrz1_troubles_told"

// newTroubles makes the watch over what is wrong, which tells the owners of logins.
func (a *App) newTroubles() *trouble.Watch {
	return trouble.New(trouble.Config{
		Look: a.lookForTroubles, Owners: a.owners, Keep: a.keepTold, Kept: a.keptTold,
		Concerns: func(name, owner string) bool {
			return concerns(name, id.UserID(owner), a.slack.OwnerOf, a.slack.DeclaredOwner)
		},
		Scale: a.config.Network.SlackTimeScale, Log: a.log.Named("trouble"),
	})
}

// watchTroubles tells the owners of logins until the stop of what is wrong.
func (a *App) watchTroubles() { a.handled.Go(func() { a.troubles.Run(a.background) }) }

// lookForTroubles returns all that are now.
func (a *App) lookForTroubles(ctx context.Context) []trouble.Trouble {
	status, _ := a.Status(ctx) // it does not fail
	scale := max(a.config.Network.SlackTimeScale, 0.01)
	found := troublesIn(status, scale)
	if a.tellLogins {
		found = append(found, loginTroubles(status, scale, a.slack.OwnerOf)...)
	}
	if a.tellUnmade {
		found = append(found, unmadeTroubles(a.slack.Unmade())...)
	}
	return append(found, fullDisks(doctor.Folders(a.config, os.LookupEnv), doctor.FreeSpace)...)
}

// takeNotices has the bridge tell of logins in the framework's place, whose notices are lost if
// they cannot be sent at once, and come again with each start. Other settings than the usual one
// are the framework's, which knows nothing of logins that could not be made.
func (a *App) takeNotices() {
	a.tellUnmade = a.config.Bridge.BridgeStatusNotices != "none"
	if a.config.Bridge.BridgeStatusNotices == "errors" {
		a.config.Bridge.BridgeStatusNotices, a.tellLogins = "none", true
	}
}

// owners are those who are told.
func (a *App) owners() (owners []trouble.Owner) {
	for id, tell := range a.slack.Owners() {
		owners = append(owners, trouble.Owner{ID: id.String(), Tell: tell})
	}
	return owners
}

// keepTold keeps what owners were told over a restart.
func (a *App) keepTold(ctx context.Context, told []trouble.Told) error {
	text, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("write what owners were told: %w", err)
	}
	kv := a.bridge.DB.KV
	_, err = kv.Exec(ctx, `INSERT INTO kv_store (bridge_id, key, value) VALUES ($1, $2, $3)
		ON CONFLICT (bridge_id, key) DO UPDATE SET value=excluded.value`, kv.BridgeID, keyTold, string(text))
	if err != nil {
		return fmt.Errorf("keep what owners were told: %w", err)
	}
	return nil
}

// keptTold returns what owners were told before the start.
func (a *App) keptTold(ctx context.Context) (told []trouble.Told, err error) {
	text, err := a.keptValue(ctx, keyTold)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		a.log.Warn("What owners were told cannot be read; they are told again", zap.Error(err))
		return nil, nil
	}
	return told, nil
}

// forgetTold forgets what a person was told who has no login any more.
func (a *App) forgetTold(ctx context.Context, person id.UserID) error {
	return a.troubles.Forget(ctx, person.String())
}

// troublesIn are the troubles of the homeserver and the database that a status shows. scale is
// that of waits.
func troublesIn(status operator.Status, scale float64) (found []trouble.Trouble) {
	return append(homeserverTroubles(status, scale), databaseTroubles(status)...)
}

func homeserverTroubles(status operator.Status, scale float64) []trouble.Trouble {
	seen := status.Homeserver
	refused := trouble.Trouble{
		Name: "registration", Line: "The homeserver does not accept the bridge's as_token: it has forgotten the bridge's registration, or has another one", Sure: true,
		Cure: "restart slack-bridge-registration and then the homeserver, or install what `slack-bridge registration` writes. What waits goes on by itself afterwards",
	}
	silent := trouble.Trouble{
		Name: "delivery", Line: "The homeserver does not deliver to the bridge what is said in Matrix",
		Cure:   "see in the homeserver's log why it sends no transactions, and restart it; `slack-bridge doctor` names what is in the way. It delivers afterwards what is missing",
		Logged: !seen.Proven.IsZero(), // by the watch over the deliveries
	}
	early := seen.Waiting.IsZero() || status.At.Sub(seen.Waiting) < scaled(probePatience, scale)
	switch {
	case status.Phase != operator.Up, seen.Proven.IsZero() && !seen.Refused && early:
		refused.Doubtful, silent.Doubtful = true, true
		return []trouble.Trouble{refused, silent}
	case seen.Refused:
		silent.Doubtful = true
		return []trouble.Trouble{refused, silent}
	case seen.Delivers:
		return nil
	default:
		silent.Doubtful = early
		return []trouble.Trouble{silent}
	}
}

func databaseTroubles(status operator.Status) []trouble.Trouble {
	if status.Incomplete == "" {
		return nil
	}
	return []trouble.Trouble{{
		Name: "database", Line: "The bridge's database does not answer",
		Cure: "see its log and whether its disk is full; what waits goes on by itself afterwards",
	}}
}

// What the names of troubles begin with that are about one login: its id follows, or the file of
// the bot token of one that could not be made.
const (
	ofLogin  = "login "
	ofSocket = "slack "
	ofUnmade = "declared "
)

// concerns says whether a trouble of this name can be a person's: a login's is its owner's alone.
func concerns(name string, who id.UserID, ownerOf func(login string) (owner id.UserID, name string), declaredOwner func(file string) id.UserID) bool {
	if file, found := strings.CutPrefix(name, ofUnmade); found {
		return declaredOwner(file) == who
	}
	for _, kind := range []string{ofLogin, ofSocket} {
		if login, found := strings.CutPrefix(name, kind); found {
			owner, _ := ownerOf(login)
			return owner == who
		}
	}
	return true
}

// unmadeTroubles are the declared logins that could not be made, each told to its owner.
func unmadeTroubles(logins []connector.Unmade) (found []trouble.Trouble) {
	for _, login := range logins {
		found = append(found, trouble.Trouble{
			Name: ofUnmade + login.BotTokenFile, Line: fmt.Sprintf("The login that network.logins declares with %s does not work", login.BotTokenFile),
			Cure: login.Why, Owner: login.Owner.String(), Logged: true, Sure: true, Doubtful: login.Why == "",
		})
	}
	return found
}

// loginTroubles are the logins with which nothing crosses, each told to its owner.
func loginTroubles(status operator.Status, scale float64, ownerOf func(login string) (owner id.UserID, name string)) (found []trouble.Trouble) {
	for _, login := range status.Logins {
		owner, name := ownerOf(login.Login)
		if owner == "" {
			continue
		}
		is := trouble.Trouble{
			Name: ofLogin + login.Login, Line: fmt.Sprintf("Nothing crosses between Matrix and Slack (%s)", cmp.Or(name, login.Login)),
			Cure: login.Message, Owner: owner.String(), Logged: true, Sure: true,
		}
		away := is
		away.Name, away.Line = ofSocket+login.Login, fmt.Sprintf("The bridge has no connection to Slack (%s)", cmp.Or(name, login.Login))
		switch login.State {
		case "connected":
		case "unusable", "stopped":
			away.Doubtful = true
			found = append(found, is, away)
		default:
			is.Doubtful = true
			lost := login.Lost
			if lost.IsZero() {
				lost = status.Started
			}
			away.Doubtful = status.At.Sub(lost) < scaled(slackPatience, scale)
			found = append(found, is, away)
		}
	}
	return found
}

func scaled(d time.Duration, scale float64) time.Duration { return time.Duration(float64(d) * scale) }

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
