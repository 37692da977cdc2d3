package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Register makes an account with a registration token, stage by stage (Matrix
// specification, "Token-authenticated registration"), and logs in.
func Register(ctx context.Context, browser *http.Client, server, name, password, token string) (*Person, error) {
	type auth map[string]string
	ask := func(auth auth) (int, []byte, error) {
		body, err := json.Marshal(map[string]any{"username": name, "password": password, "auth": auth})
		if err != nil {
			return 0, nil, err
		}
		url := "https://" + server + "/_matrix/client/v3/register"
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return 0, nil, err
		}
		resp, err := browser.Do(req)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		return resp.StatusCode, answer, err
	}
	status, answer, err := ask(nil)
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", name, err)
	}
	var offer struct {
		Session string
		Flows   []struct{ Stages []string }
	}
	if err := json.Unmarshal(answer, &offer); err != nil || status != http.StatusUnauthorized || len(offer.Flows) != 1 {
		return nil, fmt.Errorf("register %s: not one way of registration but %d %s", name, status, answer)
	}
	for _, stage := range offer.Flows[0].Stages {
		if status, answer, err = ask(auth{"type": stage, "session": offer.Session, "token": token}); err != nil {
			return nil, fmt.Errorf("register %s: %w", name, err)
		}
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("register %s: %d %s", name, status, answer)
	}
	return Login(ctx, browser, server, name, password)
}
