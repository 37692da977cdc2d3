package takeover

import (
	"slices"
	"strings"

	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackid"
)

// planMautrix says what of a mautrix-slack database carries over.
func (o Options) planMautrix(found *mautrixData) (*Report, error) {
	report := &Report{From: "mautrix-slack", DryRun: o.DryRun}
	if o.Registration != "" {
		old, err := readRegistration(o.Registration)
		if err != nil {
			return nil, err
		}
		compareRegistration(report, o.Config, o.Registration, old)
	}
	o.planLogins(report, found)
	o.planPortals(report, found)
	o.planGhosts(report, found)
	o.planEncryption(report, found)
	report.carry(found.messages, "message", "messages")
	report.carry(found.threads, "thread", "threads")
	report.carry(found.answers, "answer in a thread", "answers in threads")
	report.carry(found.reactions, "reaction", "reactions")
	return report, nil
}

func (o Options) planLogins(report *Report, found *mautrixData) {
	apps := 0
	for _, each := range found.logins {
		if each.isApp() {
			apps++
			continue
		}
		report.leave("the login %s of %s: it is a person's and not an app's; their own direct conversations end with it, the rooms stay", each.id, each.owner)
	}
	report.carry(apps, "login of an app", "logins of apps")
	if apps == 0 {
		report.next("log an app in: network.logins names its tokens; then invite its bot into every channel that has a room")
	}
}

func (o Options) planPortals(report *Report, found *mautrixData) {
	if found.foreign > 0 {
		report.refuse("the database holds %s of another bridge: this one takes a database over whose bridge id is empty", several(found.foreign, "portal"))
	}
	rooms, spaces := 0, 0
	for _, each := range found.portals {
		_, channel, err := slackid.ParsePortalID(each.key.ID)
		switch {
		case err != nil:
			report.refuse("the portal %s is not one of mautrix-slack's: remove it with the old bridge's `delete-portal`", each.title())
		case each.room == "":
		case channel == "":
			spaces++
		default:
			rooms++
		}
	}
	report.carry(spaces, "space of a workspace", "spaces of workspaces")
	report.carry(rooms, "room", "rooms")
	o.planSplit(report, found)
}

// planSplit refuses conversations that have a room for each login.
func (o Options) planSplit(report *Report, found *mautrixData) {
	rejoined := 0
	for _, same := range found.together() {
		with := slices.DeleteFunc(slices.Clone(same), func(p portal) bool { return p.room == "" })
		if len(with) > 1 {
			var titles []string
			for _, each := range with {
				titles = append(titles, each.title()+" of "+string(each.key.Receiver))
			}
			report.refuse("%s has %d rooms, one for each login (bridge.split_portals): keep one and remove the others with the old bridge's `delete-portal`: %s", same[0].key.ID, len(with), strings.Join(titles, ", "))
			continue
		}
		if same[0].key.Receiver != "" || len(same) > 1 {
			rejoined++
		}
	}
	if rejoined > 0 {
		report.change("%s of bridge.split_portals become the conversation's for every login", several(rejoined, "room"))
	} else if found.split {
		report.change("the mark of bridge.split_portals goes")
	}
}

// together returns the portals of each conversation that has one for all logins with this
// bridge: those of channels and workspaces.
func (m *mautrixData) together() [][]portal {
	byID := map[networkid.PortalID][]portal{}
	var order []networkid.PortalID
	for _, each := range m.portals {
		if isDirect(each) {
			continue
		}
		if byID[each.key.ID] == nil {
			order = append(order, each.key.ID)
		}
		byID[each.key.ID] = append(byID[each.key.ID], each)
	}
	all := make([][]portal, 0, len(order))
	for _, id := range order {
		all = append(all, byID[id])
	}
	return all
}

// isDirect says whether a portal is a direct conversation's, which is one login's.
func isDirect(p portal) bool {
	_, channel, err := slackid.ParsePortalID(p.key.ID)
	return err == nil && (strings.HasPrefix(channel, "D") || p.kind == string(database.RoomTypeDM) || p.kind == string(database.RoomTypeGroupDM))
}

// planGhosts refuses a configuration under which people would have other Matrix users.
func (o Options) planGhosts(report *Report, found *mautrixData) {
	var renamed, strange []string
	for _, each := range found.ghosts {
		if _, _, err := slackid.ParseUserID(networkid.UserID(each)); err != nil {
			strange = append(strange, each)
		}
	}
	for _, each := range found.spoke {
		now := ghostMXID(o.Config, each.ghost)
		if each.user != now && each.user != botMXID(o.Config) && found.registered[each.user] {
			renamed = append(renamed, each.user.String()+" would be "+now.String())
		}
	}
	if len(strange) > 0 {
		report.refuse("%s with an id that is not of mautrix-slack's form: %s", several(len(strange), "ghost"), named(strange))
	}
	if len(renamed) > 0 {
		report.refuse("appservice.username_template, homeserver.domain: people would get another Matrix user: set both as they were (%s)", named(renamed))
	}
	report.carry(len(found.ghosts)-len(strange), "person", "people")
}

// planEncryption refuses encrypted rooms that the bridge could not read.
func (o Options) planEncryption(report *Report, found *mautrixData) {
	var rooms []string
	for _, each := range found.portals {
		if found.encrypted[each.room] {
			rooms = append(rooms, each.title())
		}
	}
	switch {
	case len(rooms) == 0:
		return
	case !o.Config.Encryption.Allow:
		report.refuse("encryption.allow is off, and %s: switch it on, with the old encryption.pickle_key: %s", are(len(rooms), "room", "encrypted"), named(rooms))
	case !found.opens(o.Config.Encryption.PickleKey):
		report.refuse("encryption.pickle_key is not the one that the keys of %s were stored with: take the old bridge's", several(len(rooms), "encrypted room"))
	default:
		report.carry(len(rooms), "of the rooms is encrypted", "of the rooms are encrypted")
	}
}
