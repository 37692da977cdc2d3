package slackdb

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// hidden is content on its way into the database. The database's trace log writes the
// arguments of statements: it shows the size.
type hidden []byte

// Value implements driver.Valuer.
func (h hidden) Value() (driver.Value, error) { return []byte(h), nil }

// MarshalJSON implements json.Marshaler for the log.
func (h hidden) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprintf("[%d bytes]", len(h))) }
