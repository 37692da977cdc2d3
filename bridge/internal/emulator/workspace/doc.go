// Package workspace is the emulated Slack workspace: team, people, bots, apps
// with their tokens and scopes, conversations, messages, threads, reactions and
// pins. It owns the rules that hold for all who act (who is a member, which ts
// comes next, what a deletion leaves behind) and says by events what happened,
// to whom. It must not know requests, sockets or rate limits. Every method takes the
// workspace's one lock; what methods return are copies.
package workspace
