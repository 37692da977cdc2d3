# The mission's host: which of the modules, with which values. What the machine is
# made of is in hardware.nix, who may log in is in authorized_keys.
{ lib, ... }:
let
  domain = "clarun.xyz";
  keys = ./authorized_keys;
in
{
  imports = [ ./hardware.nix ];

  networking.hostName = "ops-jrz1";
  # The version that the host was installed with; it is never raised.
  system.stateVersion = "26.05";
  # What the machine says of itself (hardware-configuration.nix) wins.
  nixpkgs.hostPlatform = lib.mkOverride 1400 "x86_64-linux";

  ops = {
    base = {
      enable = true;
      authorizedKeys = lib.optionals (builtins.pathExists keys) (
        lib.filter (line: line != "" && !lib.hasPrefix "#" line) (
          lib.splitString "\n" (builtins.readFile keys)
        )
      );
    };

    secrets = {
      enable = true;
      file = ../../secrets/secrets.yaml;
    };

    database = {
      enable = true;
      major = 17;
    };

    homeserver = {
      enable = true;
      serverName = domain;
      admin = "admin";
    };
    onboarding.enable = true;

    bridge = {
      enable = true;
      workspace = "chochacho";
    };

    forge = {
      enable = true;
      domain = "git.${domain}";
    };

    web = {
      enable = true;
      acmeEmail = "admin@${domain}";
    };

    backup.enable = true;

    monitoring.enable = true;

    deploy.revisionFile = ../../revision;
  };
}
