package workspace

import "encoding/json"

// activeOnly are the keys of a user object that a deactivated member's lacks
// (measured on slack.com: brekkylab/backlot#258 and #293).
var activeOnly = []string{
	"color", "is_email_confirmed", "real_name", "tz", "tz_label", "tz_offset", "is_admin", "is_owner", "is_primary_owner",
	"is_restricted", "is_ultra_restricted", "has_2fa", "who_can_share_contact_card",
}

// Object renders a user as the Web API and events do (Slack docs: user object;
// measured on slack.com: brekkylab/backlot#290).
func (u User) Object() map[string]any {
	raw, err := json.Marshal(u)
	if err != nil {
		return map[string]any{"id": u.ID} // strings, numbers and valid raw JSON always encode
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		return map[string]any{"id": u.ID}
	}
	profile, _ := out["profile"].(map[string]any)
	profile["always_active"], profile["status_text_canonical"], profile["status_emoji_display_info"] = false, "", []any{}
	profile["huddle_state"], profile["huddle_state_expiration_ts"] = "default_unset", 0
	if _, ok := profile["fields"]; !ok {
		profile["fields"] = nil
	}
	out["has_2fa"], out["who_can_share_contact_card"] = false, "EVERYONE"
	if u.Deleted {
		for _, key := range activeOnly {
			delete(out, key)
		}
		delete(profile, "huddle_state_expiration_ts")
		out["is_forgotten"] = false
	}
	return out
}
