package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

// checkConfig reads the configuration as `slack-bridge run` does, the kinds of tokens in the
// files of declared logins included. That a token is still missing is not its matter: the
// bridge runs without.
func (e *examination) checkConfig(context.Context) (string, []Finding) {
	config, problems := settings.Load(e.Config)
	problems = append(problems, settings.ProxyProblems(os.LookupEnv)...)
	if problems != nil {
		return "", fromProblems(configMistake, problems)
	}
	e.config = config
	return e.Config + " has no mistakes", nil
}

// checkRegistration compares the registration with the configuration.
func (e *examination) checkRegistration(context.Context) (string, []Finding) {
	err := registration.Agree(e.Registration, e.config)
	var problems settings.Problems
	switch {
	case err == nil:
		return e.Registration + " agrees with the configuration", nil
	case errors.As(err, &problems):
		return "", fromProblems(registrationOff, problems)
	default:
		return registrationOff.one("the registration cannot be compared", err.Error(), "report this with the log")
	}
}

// fromProblems makes a finding of each mistake in a file.
func fromProblems(kind code, problems settings.Problems) []Finding {
	var found []Finding
	for _, p := range problems {
		where := p.File
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", where, p.Line)
		}
		if p.Key != "" {
			where += ": " + p.Key
		}
		found = append(found, kind.found(where+": "+p.What, "", p.Cure))
	}
	return found
}
