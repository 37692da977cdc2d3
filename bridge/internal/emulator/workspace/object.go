package workspace

// Object renders a conversation as the conversation object of the Web API (Slack
// docs: conversation object). other is the DM's other user, for DMs.
func (c Channel) Object(team, other string) map[string]any {
	if c.Kind == IM {
		return map[string]any{
			"id": c.ID, "created": c.Created, "is_im": true, "is_org_shared": false, "user": other, "is_user_deleted": false,
			"is_archived": c.Archived, "updated": c.Updated, "priority": 0, "context_team_id": team,
		}
	}
	previous := c.PreviousNames
	if previous == nil {
		previous = []string{}
	}
	shared, teams := len(c.Teams) > 0, c.Teams
	if !shared {
		teams = []string{team}
	}
	object := map[string]any{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name,
		"is_channel": c.Kind == Public || c.Kind == Private, "is_group": c.Kind == MPIM, "is_im": false, "is_mpim": c.Kind == MPIM,
		"is_private": c.Kind != Public, "created": c.Created, "creator": c.Creator, "is_archived": c.Archived,
		"is_general": c.General, "unlinked": 0, "is_shared": shared, "is_ext_shared": shared, "is_org_shared": false,
		"is_pending_ext_shared": false, "pending_shared": []string{}, "pending_connected_team_ids": []string{},
		"shared_team_ids": teams, "context_team_id": team, "updated": c.Updated, "parent_conversation": nil,
		"topic": c.Topic, "purpose": c.Purpose, "previous_names": previous,
	}
	if c.ReadOnly {
		object["is_read_only"] = true
	}
	return object
}
