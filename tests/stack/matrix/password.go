package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"maunium.net/go/mautrix"
)

// ChangePassword changes the person's password. The server asks for the old one in a second
// question (Matrix specification, "User-Interactive Authentication API").
func (p *Person) ChangePassword(ctx context.Context, from, to string) error {
	request := map[string]any{"new_password": to}
	status, session, err := p.changePassword(ctx, request)
	if err == nil && status == http.StatusUnauthorized {
		request["auth"] = map[string]any{
			"type": mautrix.AuthTypePassword, "password": from, "session": session,
			"identifier": mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: p.client.UserID.Localpart()},
		}
		status, _, err = p.changePassword(ctx, request)
	}
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the homeserver answers %d", status)
	}
	if err != nil {
		return fmt.Errorf("change the password of %s: %w", p.client.UserID, err)
	}
	return nil
}

func (p *Person) changePassword(ctx context.Context, request map[string]any) (status int, session string, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return 0, "", err
	}
	url := p.client.BuildClientURL("v3", "account", "password")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+p.client.AccessToken)
	resp, err := p.client.Client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	var answer struct{ Session string }
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, answer.Session, err
}
