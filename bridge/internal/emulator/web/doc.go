// Package web is the emulator's Web API: transport rules, authentication,
// scopes, rate limits, cursors, headers and error codes as Slack documents them,
// and the methods by family, one file each. It must not keep state of the
// workspace: package workspace does; and all that it knows of sockets is how to get a
// ticket for one.
package web
