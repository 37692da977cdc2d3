# The hash of `go mod vendor` over nix/source.nix. tests/nix/check recomputes it
# on every run and `tests/nix/check --update` writes it: do not edit it by hand.
"sha256-3/Wj17TeJN9vkAeHyqL2cDpDbupQ8MRHS3lAYE3YNLk="
