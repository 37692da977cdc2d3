package testbed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
)

// MustProvision calls the bridge's provisioning API for a person, as a program
// that holds its shared secret does, and returns the HTTP status and the answer.
// path is what follows /_matrix/provision/v3/.
func (b *Bridge) MustProvision(person *Person, method, path string, body any) (status int, answer map[string]any) {
	b.bed.t.Helper()
	config, problems := settings.Load(b.bridge.Config)
	b.bed.must(problems.Err())
	sent, err := json.Marshal(body)
	b.bed.must(err)
	address := fmt.Sprintf("%s/_matrix/provision/v3/%s?user_id=%s", config.AppService.Address, path, url.QueryEscape(person.UserID.String()))
	req, err := http.NewRequestWithContext(b.bed.ctx, method, address, bytes.NewReader(sent))
	b.bed.must(err)
	req.Header.Set("Authorization", "Bearer "+config.Provisioning.SharedSecret)
	resp, err := http.DefaultClient.Do(req)
	b.bed.must(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	b.bed.must(err)
	secrettest.Check(b.bed.t, "the provisioning API's answer", string(data))
	if len(data) > 0 {
		b.bed.must(json.Unmarshal(data, &answer))
	}
	return resp.StatusCode, answer
}
