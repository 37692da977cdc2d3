package slackevent

// SystemUser is the author of what Slack itself says and of messages that name
// none.
const SystemUser = "USLACK"

// Author is what a message tells by itself about who wrote it. For people of
// other workspaces, and for bots that are gone, it is all there is to know.
type Author struct {
	// ID is the user's id; the bot's where the poster chose the name, which has no
	// user.
	ID string
	// Name is what the message calls them, "" where it does not say.
	Name string
	// Chosen says that the name was chosen for this message, so that elsewhere
	// they may have another.
	Chosen bool
	// Picture is the address of their picture, or "".
	Picture string
	IsBot   bool
}

// Author returns who wrote the message, or started the huddle that it is about.
func (m *Message) Author() Author {
	switch {
	case m.Subtype == SubtypeHuddle && m.Room != nil && m.Room.CreatedBy != "":
		return m.person(m.Room.CreatedBy)
	case m.User != "":
		return m.person(m.User)
	case m.BotID != "":
		return m.bot(m.BotID)
	case m.BotProfile != nil && m.BotProfile.ID != "":
		return m.bot(m.BotProfile.ID)
	}
	return m.person(SystemUser)
}

// person describes an author who has a user. What the message says of a user is
// about the one whom it names.
func (m *Message) person(id string) Author {
	author := Author{ID: id, IsBot: id == m.User && m.BotID != ""}
	switch {
	case id == SystemUser:
		author.Name, author.IsBot = "Slack", false
	case id != m.User:
	case m.UserProfile != nil:
		p := m.UserProfile
		author.Name = firstOf(p.DisplayName, p.RealName, p.Name)
		author.Picture = firstOf(p.Image512, p.Image192, p.Image72, p.Image48, p.Image32)
	case m.BotProfile != nil:
		author.Name, author.Picture = m.BotProfile.Name, m.BotProfile.Icons.Picture()
	}
	return author
}

// bot describes an author who is a bot without a user.
func (m *Message) bot(id string) Author {
	author := Author{ID: id, IsBot: true}
	if m.BotProfile != nil && m.BotProfile.Name != "" {
		author.Name, author.Picture = m.BotProfile.Name, m.BotProfile.Icons.Picture()
		return author
	}
	author.Name, author.Chosen = m.Username, true
	if m.Icons != nil {
		author.Picture = m.Icons.Picture()
	}
	return author
}

// Picture is the largest of the pictures, or "".
func (i Icons) Picture() string { return firstOf(i.Image72, i.Image64, i.Image48, i.Image36) }

// firstOf is the first of several texts that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
