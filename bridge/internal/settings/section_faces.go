package settings

import "ops-jrz1/bridge/internal/secret"

// Faces is the section `faces`: the pictures of Matrix people in Slack.
type Faces struct {
	// SigningKey signs the links to pictures. They do not end, so it must not change.
	SigningKey secret.String
}

// facesKeys are the rows of the section faces.
func facesKeys() *key {
	return &key{
		name: "faces",
		doc: lines(
			"The pictures of Matrix people in Slack. Slack fetches them from the bridge, at",
			"appservice.public_address; without that address no picture is sent.",
		),
		keys: []*key{
			{
				name: "signing_key", kind: kindText, value: "generate", check: isToken,
				into:   func(c *Config) any { return &c.Faces.SigningKey },
				secret: generatedSecret, neededFor: "appservice.public_address",
				doc: lines("What the links are signed with. Under a new key all older links end."),
			},
		},
	}
}
