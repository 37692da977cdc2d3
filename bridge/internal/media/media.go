// Package media owns how the content of a file gets from one side to the other without
// being in memory: the spool on disk that holds it meanwhile. It must not know what a
// message is, nor keep anything past the process that wrote it.
package media
