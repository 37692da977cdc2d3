# shellcheck shell=bash
# status: what is going on.
say "$(phase) $(noted "$(phase)" release)"
