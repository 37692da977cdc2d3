// Package manifest is the emulator's knowledge of app manifests: Slack's schema and the
// rules beyond it, and the app that a manifest describes. It must not know how a
// manifest came here, and changes no workspace.
package manifest
