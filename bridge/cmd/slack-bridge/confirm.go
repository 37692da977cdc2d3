package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// confirm asks a person to agree. If they do not, it says that nothing was changed.
func confirm(ctx context.Context, std streams, question string) (bool, error) {
	agreed, err := ask(ctx, std, question)
	if err == nil && !agreed {
		_, err = fmt.Fprintln(std.out, "Nothing was changed.")
	}
	return agreed, err
}

// ask asks a person for a yes. A signal ends the wait.
func ask(ctx context.Context, std streams, question string) (bool, error) {
	if _, err := fmt.Fprintf(std.err, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answers := make(chan string, 1)
	go func() { // ends with the process if there is no answer
		answer, _ := bufio.NewReader(std.in).ReadString('\n')
		answers <- answer
	}()
	select {
	case <-ctx.Done():
		return false, exit.New(exit.TryAgain, "stopped; nothing was changed")
	case answer := <-answers:
		if answer == "" {
			return false, exit.New(exit.Usage, "nothing was answered, so nothing was changed; --yes does without the question")
		}
		answer = strings.ToLower(strings.TrimSpace(answer))
		return answer == "y" || answer == "yes", nil
	}
}
