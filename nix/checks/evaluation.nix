# The evaluation tests of tests/nix with the real lib and the real sops-nix: every
# refusal answers with its message, and what is accepted is what is recorded.
{
  lib,
  pkgs,
  nixpkgs,
  sops-nix,
}:
let
  tests = import ../../tests/nix {
    nixpkgsLib = nixpkgs;
    sopsNix = sops-nix;
  };
  wrong = lib.filterAttrs (
    _name: { expected, actual }: lib.length actual != 1 || !lib.hasInfix expected (lib.head actual)
  ) tests.refused;
in
assert lib.assertMsg (
  wrong == { }
) "tests/nix: not refused as expected: ${lib.concatStringsSep ", " (lib.attrNames wrong)}";
pkgs.writeText "accepted.json" (
  builtins.unsafeDiscardStringContext (builtins.toJSON tests.accepted)
)
