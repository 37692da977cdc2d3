package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// The ids of the app login are those of mautrix-slack, so that clients of the
// provisioning API go on working.
const (
	flowApp         = "app"
	stepAppTokens   = "fi.mau.slack.login.enter_app_tokens"
	stepAppComplete = "fi.mau.slack.login.complete"
	fieldBotToken   = "bot_token"
	fieldAppToken   = "app_token"
)

// GetLoginFlows implements bridgev2.NetworkConnector.
func (c *Connector) GetLoginFlows() []bridgev2.LoginFlow {
	return []bridgev2.LoginFlow{{
		ID: flowApp, Name: "Slack app",
		Description: "Log in with the bot token and the app-level token of a Slack app of your workspace",
	}}
}

// CreateLogin implements bridgev2.NetworkConnector.
func (c *Connector) CreateLogin(_ context.Context, user *bridgev2.User, flowID string) (bridgev2.LoginProcess, error) {
	if flowID != flowApp {
		return nil, fmt.Errorf("there is no login flow %q; use %q", flowID, flowApp)
	}
	return &appLogin{connector: c, user: user}, nil
}

// appLogin asks for the two tokens of a Slack app.
type appLogin struct {
	connector *Connector
	user      *bridgev2.User
}

var _ bridgev2.LoginProcessUserInput = (*appLogin)(nil)

// Start implements bridgev2.LoginProcess. The fields are of type token, so the
// framework redacts the chat messages that held them.
func (l *appLogin) Start(context.Context) (*bridgev2.LoginStep, error) {
	return &bridgev2.LoginStep{
		Type:         bridgev2.LoginStepTypeUserInput,
		StepID:       stepAppTokens,
		Instructions: "Enter the tokens of your Slack app. `slack-bridge slack-app manifest` prints the manifest to make it from.",
		UserInputParams: &bridgev2.LoginUserInputParams{Fields: []bridgev2.LoginInputDataField{{
			Type: bridgev2.LoginInputFieldTypeToken, ID: fieldBotToken, Name: "Bot token",
			Description: "Your app's page, OAuth & Permissions, Bot User OAuth Token: begins with xoxb-",
			Pattern:     "^xoxb-.+$", Validate: tokenOf("xoxb-", "bot token"),
		}, {
			Type: bridgev2.LoginInputFieldTypeToken, ID: fieldAppToken, Name: "App-level token",
			Description: "Your app's page, Basic Information, App-Level Tokens, with the scope connections:write: begins with xapp-",
			Pattern:     "^xapp-.+$", Validate: tokenOf("xapp-", "app-level token"),
		}}},
	}, nil
}

// tokenOf checks what was entered without ever repeating it.
func tokenOf(prefix, kind string) func(string) (string, error) {
	return func(entered string) (string, error) {
		entered = strings.TrimSpace(entered)
		if !strings.HasPrefix(entered, prefix) || strings.ContainsAny(entered, " \t\n") {
			return "", fmt.Errorf("that is no %s: one begins with %s", kind, prefix)
		}
		return entered, nil
	}
}

// Cancel implements bridgev2.LoginProcess.
func (l *appLogin) Cancel() {}

// SubmitUserInput implements bridgev2.LoginProcessUserInput.
func (l *appLogin) SubmitUserInput(ctx context.Context, input map[string]string) (*bridgev2.LoginStep, error) {
	tokens := settings.Tokens{Bot: secret.New(input[fieldBotToken]), App: secret.New(input[fieldAppToken])}
	who, err := l.connector.check(ctx, tokens)
	if err != nil {
		return nil, bridgev2.RespError{ErrCode: "FI.MAU.BRIDGE.SLACK_LOGIN_FAILED", Err: err.Error(), StatusCode: 400}
	}
	login, err := l.connector.makeLogin(ctx, l.user, who, &LoginMetadata{
		Token: tokens.Bot.Reveal(), AppToken: tokens.App.Reveal(),
	})
	if err != nil {
		return nil, fmt.Errorf("store the login: %w", err)
	}
	login.Client.Connect(login.Log.WithContext(l.connector.bridge.BackgroundCtx))
	return &bridgev2.LoginStep{
		Type:         bridgev2.LoginStepTypeComplete,
		StepID:       stepAppComplete,
		Instructions: fmt.Sprintf("Logged in to %s as %s", slackfmt.Name(who.TeamName), slackfmt.Name(who.BotName)),
		CompleteParams: &bridgev2.LoginCompleteParams{
			UserLoginID: login.ID, UserLogin: login,
		},
	}, nil
}

// check asks Slack whose tokens these are and whether both work, so that a login
// which cannot work is refused with the reason.
func (c *Connector) check(ctx context.Context, tokens settings.Tokens) (*slackapi.Identity, error) {
	api := c.newAPI(tokens, nil)
	who, err := api.AuthTest(ctx)
	if err != nil {
		return nil, err
	}
	if err := sameApp(who, tokens); err != nil {
		return nil, err
	}
	if _, err := api.OpenSocket(ctx); err != nil {
		return nil, err
	}
	return who, nil
}

// sameApp checks that both tokens belong to one app.
func sameApp(who *slackapi.Identity, tokens settings.Tokens) error {
	app, ok := slackapi.AppIDOf(tokens.App)
	if !ok || who.AppID == "" || app == who.AppID {
		return nil
	}
	return &mismatchError{fmt.Sprintf("the bot token is of app %s and the app-level token of app %s: take both from the same app's page", who.AppID, app)}
}

// makeLogin stores a login, or brings an existing one up to date. The user must be
// its owner.
func (c *Connector) makeLogin(ctx context.Context, user *bridgev2.User, who *slackapi.Identity, meta *LoginMetadata) (*bridgev2.UserLogin, error) {
	id := slackid.MakeLoginID(who.TeamID, who.UserID)
	existing := c.bridge.GetCachedUserLoginByID(id)
	if existing != nil && existing.UserMXID != user.MXID {
		return nil, fmt.Errorf("%s has logged this app in already", existing.UserMXID)
	}
	if existing != nil {
		existing.Client.Disconnect() // the new tokens make a new client
	}
	if err := c.db.KeepUser(ctx, user.MXID, user.ManagementRoom); err != nil {
		return nil, err
	}
	login, err := c.newLogin(ctx, user, &database.UserLogin{
		ID: id, RemoteName: cmp.Or(slackfmt.Name(who.TeamName), who.TeamDomain, who.TeamID), Metadata: meta,
	})
	if err == nil {
		login.Client.(*Client).introduce(who)
	} else if existing != nil {
		existing.Client.Connect(existing.Log.WithContext(c.bridge.BackgroundCtx))
	}
	return login, err
}

// newLogin has the framework make a login, or change it if it is there. One that it makes does
// not remember which rooms its owner is in, and asks with every message; one that it loads does
// (mautrix v0.30.0, bridgev2, User.NewLogin). So a new one is stored first, and loaded.
func (c *Connector) newLogin(ctx context.Context, user *bridgev2.User, row *database.UserLogin) (*bridgev2.UserLogin, error) {
	stored, err := c.bridge.DB.UserLogin.GetByID(ctx, row.ID)
	if err != nil {
		return nil, fmt.Errorf("load the login %s: %w", row.ID, err)
	}
	isNew := stored == nil
	if isNew {
		row.BridgeID, row.UserMXID = c.bridge.ID, user.MXID
		if err := c.bridge.DB.UserLogin.Insert(ctx, row); err != nil {
			return nil, fmt.Errorf("store the login %s: %w", row.ID, err)
		}
	}
	login, err := user.NewLogin(ctx, row, nil)
	if err != nil && isNew {
		err = errors.Join(err, wrapped(c.bridge.DB.UserLogin.Delete(ctx, row.ID), "delete the login %s", row.ID))
	}
	return login, err
}
