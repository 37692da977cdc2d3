# What `nix flake check` builds on a machine with nixpkgs, for the system of pkgs.
{
  lib,
  pkgs,
  mission,
  example,
  nixpkgs,
  sops-nix,
}:
let
  platform = mission.config.nixpkgs.hostPlatform;
  missionSystem = platform.system or platform;
in
{
  package = pkgs.slack-bridge.override { withTests = true; };
  emulator = pkgs.slack-emulator;
  example = example.config.system.build.toplevel;
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
# One machine cannot build the host of another kind.
// lib.optionalAttrs (missionSystem == pkgs.stdenv.hostPlatform.system) {
  host = mission.config.system.build.toplevel;
}
