# What `nix flake check` builds on a machine with nixpkgs.
{
  lib,
  pkgs,
  host,
  module,
  nixpkgs,
  sops-nix,
}:
{
  package = pkgs.slack-bridge;
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
}
