package takeover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// readRegistration reads the registration of the bridge that is taken over.
func readRegistration(path string) (*appservice.Registration, error) {
	text, err := os.ReadFile(path)
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return nil, exit.New(exit.Usage, "cannot read the old registration %s: %w", path, pathError.Err)
	}
	var old appservice.Registration
	if err := yaml.Unmarshal(text, &old); err != nil || old.AppToken == "" || old.SenderLocalpart == "" {
		return nil, exit.New(exit.Data, "%s is no registration of an application service: it needs as_token and sender_localpart", path)
	}
	return &old, nil
}

// compareRegistration refuses a configuration under which the homeserver would take the
// bridge for another one.
func compareRegistration(report *Report, config *settings.Config, path string, old *appservice.Registration) {
	keep := func(key string, have, want any) {
		if have != want {
			report.refuse("%s: the old registration has %v, the configuration %v: keep the old one", key, want, have)
		}
	}
	keep("appservice.id", config.AppService.ID, old.ID)
	keep("appservice.bot.username", config.AppService.Bot.Username, old.SenderLocalpart)
	if config.AppService.ASToken != old.AppToken || config.AppService.HSToken != old.ServerToken {
		report.refuse("appservice.as_token and hs_token are not those of the old registration: take them over with `slack-bridge config render --registration %s`", path)
	}
	if sample := ghostMXID(config, "t0-u0"); !matchesUser(old, sample) {
		report.refuse("appservice.username_template, homeserver.domain: %s does not belong to the old registration, so that every person would get another name: set both as they were", sample)
	}
}

// matchesUser says whether a registration has a user in its namespaces.
func matchesUser(old *appservice.Registration, user id.UserID) bool {
	for _, namespace := range old.Namespaces.UserIDs {
		if pattern, err := regexp.Compile("^(?:" + namespace.Regex + ")$"); err == nil && pattern.MatchString(user.String()) {
			return true
		}
	}
	return false
}

// ghostMXID is the Matrix user of a ghost, as the framework forms it.
func ghostMXID(config *settings.Config, ghost string) id.UserID {
	return id.NewUserID(config.AppService.FormatUsername(id.EncodeUserLocalpart(ghost)), config.Homeserver.Domain)
}

// botMXID is the bridge's own user.
func botMXID(config *settings.Config) id.UserID {
	return id.NewUserID(config.AppService.Bot.Username, config.Homeserver.Domain)
}

// wrap says what was being done when an error came up.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
