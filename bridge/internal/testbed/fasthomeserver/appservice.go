package fasthomeserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/id"
)

const (
	// maxEvents is how many events one transaction carries, as Synapse's does.
	maxEvents = 100
	// The pause after a refused transaction doubles from the first to the longest,
	// as Synapse's does.
	firstPause, longestPause = time.Second, time.Minute
	// answerTimeout is how long the appservice may take to answer a transaction.
	answerTimeout = 60 * time.Second
)

// appservice is what the registration says, and the events that are on their way.
type appservice struct {
	id, url, asToken, hsToken string
	bot                       id.UserID
	users                     []*regexp.Regexp
	client                    *http.Client

	mu     sync.Mutex
	queue  []Event
	number int
	// more has a value while the queue has one.
	more chan struct{}
}

// readAppservice reads a registration file (Matrix spec, "Application Service
// API": Registration).
func readAppservice(path, serverName string) (*appservice, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a registration: %w", err)
	}
	var file struct {
		ID         string `yaml:"id"`
		URL        string `yaml:"url"`
		ASToken    string `yaml:"as_token"`
		HSToken    string `yaml:"hs_token"`
		Sender     string `yaml:"sender_localpart"`
		Namespaces struct {
			Users []struct {
				Regex string `yaml:"regex"`
			} `yaml:"users"`
		} `yaml:"namespaces"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read the registration %s: %w", path, err)
	}
	for key, value := range map[string]string{
		"id": file.ID, "url": file.URL, "as_token": file.ASToken, "hs_token": file.HSToken, "sender_localpart": file.Sender,
	} {
		if value == "" {
			return nil, fmt.Errorf("read the registration %s: it has no %s", path, key)
		}
	}
	a := &appservice{
		id: file.ID, url: file.URL, asToken: file.ASToken, hsToken: file.HSToken, bot: id.NewUserID(file.Sender, serverName),
		client: &http.Client{Timeout: answerTimeout}, more: make(chan struct{}, 1),
	}
	for _, space := range file.Namespaces.Users {
		// Namespaces match from the start, as Synapse's re.match does.
		expression, err := regexp.Compile(`\A(?:` + space.Regex + `)`)
		if err != nil {
			return nil, fmt.Errorf("read the registration %s: %w", path, err)
		}
		a.users = append(a.users, expression)
	}
	return a, nil
}

// owns says whether a user is the appservice's: its bot or in its namespaces.
func (a *appservice) owns(user id.UserID) bool {
	if user == a.bot {
		return true
	}
	for _, expression := range a.users {
		if expression.MatchString(user.String()) {
			return true
		}
	}
	return false
}

// add queues an event for the appservice.
func (a *appservice) add(e Event) {
	a.mu.Lock()
	a.queue = append(a.queue, e)
	a.mu.Unlock()
	select {
	case a.more <- struct{}{}:
	default:
	}
}

func (a *appservice) waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue)
}

// push delivers what is queued, one transaction at a time, until ctx ends. A
// transaction that was not accepted is repeated with the same number and events.
func (a *appservice) push(ctx context.Context) {
	for {
		events, number := a.next()
		if len(events) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-a.more:
			}
			continue
		}
		for pause := firstPause; ; pause = min(2*pause, longestPause) {
			if a.deliver(ctx, number, events) == nil {
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
		a.done(len(events))
	}
}

// next returns the events of the next transaction and its number. They leave the
// queue when the transaction is accepted.
func (a *appservice) next() ([]Event, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.queue[:min(len(a.queue), maxEvents):min(len(a.queue), maxEvents)], a.number + 1
}

func (a *appservice) done(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = a.queue[n:]
	a.number++
}

func (a *appservice) deliver(ctx context.Context, number int, events []Event) error {
	return a.call(ctx, http.MethodPut, "/_matrix/app/v1/transactions/"+strconv.Itoa(number), map[string]any{"events": events})
}

// call sends a request to the appservice; any answer but 200 is an error.
func (a *appservice) call(ctx context.Context, method, path string, body any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("call the appservice: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(sent))
	if err != nil {
		return fmt.Errorf("call the appservice: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+a.hsToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("call the appservice: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("call the appservice: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return &badStatus{resp.StatusCode}
	}
	return nil
}

// badStatus is an answer of the appservice that is not 200.
type badStatus struct{ status int }

func (b *badStatus) Error() string { return "the appservice answers " + strconv.Itoa(b.status) }
