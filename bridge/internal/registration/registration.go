// Package registration owns the file by which a homeserver knows the bridge as an
// application service (Matrix specification: Application Service API,
// "Registration"). The file is made of the configuration alone and always agrees
// with it. The package must not make tokens, and must not install the file.
package registration

import (
	"bytes"
	"fmt"
	"regexp"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/appservice"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/settings"
)

// Mode of the file: it holds both tokens.
const Mode = 0o600

// Render returns the registration as YAML. The same configuration gives the same
// bytes.
func Render(config *settings.Config) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(Of(config)); err != nil {
		return nil, fmt.Errorf("writing the registration: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("writing the registration: %w", err)
	}
	return out.Bytes(), nil
}

// Write makes path hold the registration, atomically and readable by its owner
// alone; changed says whether it is new.
func Write(path string, config *settings.Config) (changed bool, err error) {
	data, err := Render(config)
	if err != nil {
		return false, err
	}
	return atomicfile.Write(path, data, Mode)
}

// Of returns the registration that belongs to a configuration.
func Of(config *settings.Config) *appservice.Registration {
	as := &config.AppService
	notLimited := false
	return &appservice.Registration{
		ID:              as.ID,
		URL:             as.Address,
		AppToken:        as.ASToken,
		ServerToken:     as.HSToken,
		SenderLocalpart: as.Bot.Username,
		RateLimited:     &notLimited,
		Namespaces: appservice.Namespaces{
			UserIDs: appservice.NamespaceList{
				{Regex: exactly(config, "@", as.Bot.Username), Exclusive: true},
				{Regex: madeByTemplate(config, "@"), Exclusive: true},
			},
			RoomAliases: appservice.NamespaceList{
				{Regex: madeByTemplate(config, "#"), Exclusive: true},
			},
		},
		EphemeralEvents:     as.EphemeralEvents,
		SoruEphemeralEvents: as.EphemeralEvents,
		MSC3202:             config.Encryption.Allow && config.Encryption.Appservice,
		MSC4190:             config.Encryption.Allow && config.Encryption.MSC4190,
	}
}

// exactly matches one localpart on the own server.
func exactly(config *settings.Config, sigil, localpart string) string {
	return "^" + regexp.QuoteMeta(sigil+localpart+":"+config.Homeserver.Domain) + "$"
}

// madeByTemplate matches every localpart on the own server that
// appservice.username_template makes of an id or a channel's name.
func madeByTemplate(config *settings.Config, sigil string) string {
	const stand, anyLocalpart = "idstandshere0", "[^:]+"
	quoted := []byte(exactly(config, sigil, config.AppService.FormatUsername(stand)))
	return string(bytes.Replace(quoted, []byte(stand), []byte(anyLocalpart), 1))
}
