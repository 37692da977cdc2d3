// Package connector is bridgev2's network connector for Slack: it turns events
// of Slack into events of portals and Matrix events into calls of Slack's Web
// API, one file a concern.
//
// From Slack, an envelope's event is stored in the journal (intake.go), acked,
// and handled in order by its conversation's lane (lanes.go), through one table
// from event type to handler (dispatch.go). From Matrix, the framework calls the
// Handle… methods (from_matrix_….go); what their outcome means for the event's
// row is told by Verdict (verdict.go).
//
// The package must not format text (slackfmt does), nor speak HTTP (slackapi and
// slackws do), nor read configuration files (settings does).
//
// To support another event of Slack, write a file with its handler and add one
// line to the table in dispatch.go.
package connector
