package doctor

import (
	"slices"

	"ops-jrz1/bridge/internal/exit"
)

// sign is what a finding is known by: its code and, for those about units, the unit.
type sign struct {
	code code
	unit string
}

// consequence says which findings follow from which.
type consequence struct {
	effects, causes []sign
	// exit is the code that an effect must have to be one, if it can have several.
	exit exit.Code
}

// consequences is the table of what follows from what. No finding is its own cause, also
// not by way of others.
func consequences() []consequence {
	refusals := []sign{
		{code: databaseUnusable},
		{code: homeserverSilent},
		{code: homeserverOther},
		{code: homeserverOld},
		{code: tokenRefused},
		{code: tokenOfAnother},
		{code: tokenUnclear},
	}
	pings := []sign{{code: pingFailed}, {code: pingRefused}, {code: pingOtherID}, {code: pingNoURL}}
	return []consequence{
		// `slack-bridge registration` and `slack-bridge run` refuse such a configuration.
		{effects: inactive(unitRegistration, unitBridge), causes: []sign{{code: configMistake}}},
		// The bridge waits for these, or ends.
		{effects: inactive(unitBridge), causes: refusals},
		{effects: []sign{{code: bridgeSilent}, {code: bridgeStarting}}, causes: append(inactive(unitBridge), refusals...)},
		// The bridge ends because of these.
		{effects: append(inactive(unitBridge), sign{code: bridgeSilent}), causes: []sign{{code: pingOtherID}, {code: pingNoURL}}},
		// The tables are made by a bridge that has found its homeserver.
		{effects: []sign{{code: databaseUnused}}, causes: slices.Concat(inactive(unitBridge), refusals, []sign{{code: configMistake}, {code: bridgeSilent}, {code: bridgeStarting}, {code: bridgeOther}})},
		// A bridge that starts answers pings, and waits until they come.
		{effects: []sign{{code: bridgeStarting}}, causes: pings},
		{effects: []sign{{code: pingFailed}, {code: pingRefused}}, causes: []sign{{code: configMistake}, {code: bridgeSilent}, {code: bridgeOther}}},
		{effects: []sign{{code: aliasesOutside}}, causes: pings},
		{effects: []sign{{code: deliveryFailed}}, causes: slices.Concat(pings, refusals)},
		{effects: []sign{{code: slackDisconnected}}, causes: []sign{{code: slackTokenRefused}, {code: slackSilent}, {code: slackSocketRefused}}},
		{effects: []sign{{code: selftestRefused}, {code: selftestLost}}, causes: []sign{
			{code: slackDisconnected}, {code: slackTokenRefused}, {code: slackSilent}, {code: slackSocketRefused}, {code: slackScopesMissing}, {code: slackEventsMissing},
		}},
		{effects: []sign{{code: selftestRefused}}, causes: []sign{{code: slackOutside}}},
		{effects: []sign{{code: slackAppUnknown}}, causes: []sign{{code: slackSilent}}},
		{effects: []sign{{code: slackRoomsUnknown}}, causes: []sign{{code: slackSilent}, {code: slackTokenRefused}, {code: slackScopesMissing}, {code: slackScopesFewer}}},
		{effects: []sign{{code: inboxUnknown}}, causes: []sign{{code: databaseUnusable}}},
		{effects: []sign{{code: homeserverSilent}}, causes: inactive(unitContinuwuity, unitSynapse)},
		// A file of SQLite's is damaged or missing whatever PostgreSQL does.
		{effects: []sign{{code: databaseUnusable}}, causes: inactive(unitPostgres), exit: exit.Unavailable},
	}
}

// inactive are the findings that units are not active.
func inactive(units ...string) (signs []sign) {
	for _, unit := range units {
		signs = append(signs, sign{unitDown, unit}, sign{unitStarting, unit})
	}
	return signs
}

// is says whether a finding is among those that signs stand for.
func (f Finding) is(signs []sign) bool { return slices.Contains(signs, sign{code(f.Code), f.unit}) }

// onlyCauses leaves out what follows from another finding. A check with nothing left was
// as good as not run: it names the check that found the cause.
func onlyCauses(results []Result) []Result {
	var all []Finding
	for _, r := range results {
		all = append(all, r.Findings...)
	}
	kept := slices.Clone(results)
	for i, r := range results {
		needs := ""
		kept[i].Findings = nil
		for _, f := range r.Findings {
			if cause := origin(f, all); cause.Check != "" {
				needs = cause.Check
				continue
			}
			kept[i].Findings = append(kept[i].Findings, f)
		}
		switch {
		case needs == "":
		case len(kept[i].Findings) > 0:
			kept[i] = kept[i].judged()
		default:
			kept[i].State, kept[i].Needs = NotRun, needs
		}
	}
	return kept
}

// origin is the finding from which another one follows, by way of others or at once; the
// empty finding if it follows from none.
func origin(f Finding, all []Finding) Finding {
	for _, rule := range consequences() {
		if !f.is(rule.effects) || rule.exit != exit.OK && rule.exit != f.Exit {
			continue
		}
		at := slices.IndexFunc(all, func(other Finding) bool { return other.is(rule.causes) })
		if at < 0 {
			continue
		}
		if further := origin(all[at], all); further.Check != "" {
			return further
		}
		return all[at]
	}
	return Finding{}
}
