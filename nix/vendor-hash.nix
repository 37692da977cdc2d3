# The hash of `go mod vendor` over nix/source.nix. tests/nix/check recomputes it
# on every run and `tests/nix/check --update` writes it: do not edit it by hand.
"sha256-8jGgnmZqyyWflK/I/qLcPEvcWm/pJjjM15TQV3+m4Wo="
