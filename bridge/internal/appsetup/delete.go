package appsetup

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackapi"
)

// Deletion is an app that is to be deleted.
type Deletion struct {
	// App is its id, Name what it is called.
	App, Name string

	slack *session
}

// PlanDeletion reads what an app is called. It changes nothing.
func (s Setup) PlanDeletion(ctx context.Context, app string) (*Deletion, error) {
	slack, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	manifest, err := slack.export(ctx, app)
	if err != nil {
		return nil, err
	}
	return &Deletion{App: app, Name: manifest.Name(), slack: slack}, nil
}

// Question asks whether to delete it.
func (d *Deletion) Question() string {
	return fmt.Sprintf("Delete %s for good, with its tokens and settings?", called(d.App, d.Name))
}

// Do deletes the app.
func (d *Deletion) Do(ctx context.Context) error {
	err := d.slack.DeleteApp(ctx, d.App)
	if slackapi.MayHaveHappened(err) {
		return exit.New(exit.Unavailable, "%w; it may be gone all the same: look at https://api.slack.com/apps", err)
	}
	if err != nil {
		return failed(err)
	}
	return nil
}

// String says that it is done.
func (d *Deletion) String() string { return "Deleted " + called(d.App, d.Name) + ".\n" }
