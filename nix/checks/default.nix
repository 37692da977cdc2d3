# What `nix flake check` builds on a machine with nixpkgs.
{
  lib,
  pkgs,
  host,
  nixpkgs,
  sops-nix,
}:
{
  package = pkgs.slack-bridge.override { withTests = true; };
  emulator = pkgs.slack-emulator;
  host = host.config.system.build.toplevel;
  evaluation = import ./evaluation.nix {
    inherit
      lib
      pkgs
      nixpkgs
      sops-nix
      ;
  };
  message = import ./message {
    inherit lib pkgs;
    # Without the overlay: a test's machines take the packages as they are given.
    module.imports = [
      sops-nix.nixosModules.sops
      ../../modules
    ];
  };
}
