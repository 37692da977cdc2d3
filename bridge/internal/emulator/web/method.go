package web

import (
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Tier is a method's rate limit tier, 1 to 4; 5 is what Slack calls special.
type Tier int

// Method is one method of the Web API as Slack documents it.
type Method struct {
	Name string
	Tier Tier
	// JSON says that arguments may come as a JSON body.
	JSON bool
	// Scopes are the bot scopes of which any admits to the method, separated by
	// spaces. Those that begin with a conversation type's prefix admit to
	// conversations of that type.
	Scopes string
	// Args are the argument names, required ones with a star.
	Args string
	// Errors are the documented errors in addition to the common ones.
	Errors string
}

// ScopeList returns the accepted scopes.
func (m Method) ScopeList() []string { return strings.Fields(m.Scopes) }

// Required returns the names of the required arguments.
func (m Method) Required() []string {
	var out []string
	for _, name := range strings.Fields(m.Args) {
		if required, ok := strings.CutSuffix(name, "*"); ok {
			out = append(out, required)
		}
	}
	return out
}

// Takes says whether an argument is documented for the method.
func (m Method) Takes(arg string) bool {
	return slices.ContainsFunc(strings.Fields(m.Args), func(name string) bool { return strings.TrimSuffix(name, "*") == arg })
}

// Documents says whether an error code is documented for the method.
func (m Method) Documents(code string) bool {
	return slices.Contains(strings.Fields(m.Errors), code) || slices.Contains(strings.Fields(commonErrors), code) ||
		slices.Contains(strings.Fields(observedErrors[m.Name]), code)
}

// commonErrors are those that any method may answer with (Slack docs: every
// method's page).
const commonErrors = "ratelimited unknown_method access_denied account_inactive deprecated_endpoint ekm_access_denied " +
	"enterprise_is_restricted invalid_auth is_bot method_deprecated missing_scope not_allowed_token_type not_authed no_permission " +
	"org_login_required token_expired token_revoked two_factor_setup_required accesslimited fatal_error internal_error " +
	"invalid_arg_name invalid_array_arg invalid_arguments invalid_charset invalid_form_data invalid_json invalid_post_type " +
	"missing_post_type request_timeout service_unavailable team_added_to_org insecure_request"

// observedErrors are codes that Slack is known to answer with though the
// method's page does not name them.
var observedErrors = map[string]string{
	"reactions.add":                "not_in_channel",
	"reactions.remove":             "not_in_channel is_archived",
	"conversations.replies":        "not_in_channel",
	"pins.add":                     "is_archived",
	"pins.remove":                  "not_in_channel",
	"pins.list":                    "not_in_channel",
	"chat.postMessage":             "invalid_attachments user_not_found",
	"apps.connections.open":        "socket_mode_not_enabled",
	"conversations.archive":        "is_archived",
	"conversations.unarchive":      "not_in_channel",
	"conversations.kick":           "is_archived",
	"conversations.leave":          "not_in_channel",
	"conversations.history":        "invalid_limit",
	"users.list":                   "invalid_limit",
	"files.completeUploadExternal": "cannot_reply_to_message is_archived invalid_blocks_format",
	"users.getPresence":            "user_not_found",
	"apps.manifest.validate":       "app_not_found", // its neighbours document it
}

// kindPrefix is how the scopes of a conversation type begin.
var kindPrefix = map[workspace.Kind]string{
	workspace.Public: "channels:", workspace.Private: "groups:", workspace.MPIM: "mpim:", workspace.IM: "im:",
}

// scopesFor returns the scopes of which a token needs any for a conversation of
// a kind. perKind is false when the method's scopes say nothing about kinds.
func (m Method) scopesFor(kind workspace.Kind) (scopes []string, perKind bool) {
	for _, scope := range m.ScopeList() {
		for _, prefix := range kindPrefix {
			perKind = perKind || strings.HasPrefix(scope, prefix)
		}
		if strings.HasPrefix(scope, kindPrefix[kind]) {
			scopes = append(scopes, scope)
		}
	}
	if !perKind {
		return m.ScopeList(), false
	}
	return scopes, true
}

// reference returns the documented methods by name.
func reference() map[string]Method {
	out := map[string]Method{}
	for _, table := range [][]Method{referenceApps(), referenceConversations(), referenceMessages(), referenceFiles()} {
		for _, m := range table {
			out[m.Name] = m
		}
	}
	return out
}

// Documented returns what Slack documents of a method, and the zero Method of one that
// it does not have.
func Documented(method string) Method { return reference()[method] }
