package slackfmt

import "regexp"

// labels are names by the beginning of a control sequence: "@U…", "#C…" and
// "!subteam^S…". Slack writes them into the text of a message whose blocks have
// the ids alone.
type labels map[string]string

var labelled = regexp.MustCompile(`<(@[A-Z0-9]+|#[A-Z0-9]+|!subteam\^[A-Z0-9]+)\|([^<>|]+)>`)

// labelsOf collects the names that a message says by itself.
func labelsOf(in Input) labels {
	texts := []string{in.Text}
	for _, a := range in.Attachments {
		texts = append(texts, a.Pretext, a.Text, a.Fallback)
	}
	out := labels{}
	for _, text := range texts {
		for _, found := range labelled.FindAllStringSubmatch(text, -1) {
			out[found[1]] = clean(unescaper.Replace(found[2]))
		}
	}
	return out
}
