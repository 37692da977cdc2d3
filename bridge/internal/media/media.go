// Package media owns how the content of a file gets from one side to the other without
// being in memory: the spool on disk that holds it meanwhile, and what its name and its
// type may be. It must not know what a message is, make requests, or keep anything past the
// process that wrote it.
package media
