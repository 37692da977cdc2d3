# The host of the tests: all modules, with values of its own, so that what an owner writes
# into hosts/ changes no test.
{ lib, ... }:
let
  domain = "clarun.xyz";
in
{
  imports = [ ./hardware.nix ];

  networking.hostName = "ops-jrz1";
  # The version that the host was installed with; it is never raised.
  system.stateVersion = "26.05";
  nixpkgs.hostPlatform = lib.mkOverride 1400 "x86_64-linux";

  ops = {
    base = {
      enable = true;
      authorizedKeys = [ "ssh-ed25519 AAAA test" ];
    };

    secrets = {
      enable = true;
      file = ./secrets.yaml;
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
  };
}
