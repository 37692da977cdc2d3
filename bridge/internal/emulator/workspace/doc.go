// Package workspace is the emulated Slack workspace: team, people, bots, apps
// with their tokens and scopes, conversations, messages, threads, reactions and
// pins. It owns the rules that hold for all who act (who is a member, which ts
// comes next, what a deletion leaves behind) and says by events what happened,
// to whom. Workspaces that stand side by side can share channels. It must not know
// requests, sockets or rate limits. Every method takes the one lock of workspaces that
// stand side by side; what methods return are copies.
package workspace
