# Evaluates modules as NixOS would, with its options declared by tests/nix/upstream
# and without its packages.
{
  lib,
  pkgs,
  # sops-nix' module, or null where only the bridge's module is evaluated.
  sops ? null,
  # Whose options: they differ in a few defaults (docs/upgrade.md).
  release ? "26.05",
}:
modules:
lib.evalModules {
  specialArgs = {
    modulesPath = toString ../upstream/nixos;
    inherit release;
  };
  modules = [
    ../upstream
    {
      _module.args = { inherit pkgs; };
      systemd.package = pkgs.systemd;
    }
  ]
  ++ lib.optionals (sops != null) [
    sops
    { sops.package = pkgs.sops-install-secrets; }
  ]
  ++ modules;
}
