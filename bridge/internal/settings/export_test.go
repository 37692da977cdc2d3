package settings

// PostgresFault is what is wrong with an address of PostgreSQL, and the cure.
func PostgresFault(uri string) (what, cure string) {
	found := postgresFault(uri)
	return found.what, found.cure
}
