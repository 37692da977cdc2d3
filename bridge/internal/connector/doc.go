// Package connector is bridgev2's network connector for Slack: it turns events
// from Slack into events of portals and Matrix events into calls of Slack's Web
// API. Each concern has a file.
//
// From Slack, an envelope's event is stored in the inbox (slack_intake.go), acked,
// and handled in the order of its conversation's lane, through one table from event
// type to handler (slack_handle.go). What Slack did not deliver is read from its
// history (catchup.go). From Matrix, rows are handled by HandleMatrix
// (matrix_handle.go): reactions by the connector itself, everything else through the
// framework, which calls the Handle… methods (matrix_….go). The methods themselves note
// what their outcome means for the row (matrix_attempt.go).
//
// The package must not convert messages between the two sides (slackfmt does), nor send
// requests to Slack (slackapi and slackws do), nor read configuration files (settings
// does). It talks to the homeserver through the framework's client, whose transport it
// wraps (sendplan.go). What it assumes of the framework is listed in framework.go.
//
// To support another event of Slack, write a file with its handler and add one
// line to the table in slack_handle.go.
package connector
