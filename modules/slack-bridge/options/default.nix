# What an operator may say about the bridge, one section of its configuration a
# file, and the internal values that the other files share.
{ lib, pkgs, ... }:
{
  imports = [
    ./appservice.nix
    ./bridge.nix
    ./continuwuity.nix
    ./database.nix
    ./encryption.nix
    ./internal.nix
    ./logging.nix
    ./matrix.nix
    ./operator.nix
    ./secret-files.nix
    ./settings.nix
    ./slack.nix
  ];

  options.services.slack-bridge = {
    enable = lib.mkEnableOption "the bridge between a Slack workspace and Matrix";

    package = lib.mkPackageOption pkgs "slack-bridge" { };

    user = lib.mkOption {
      type = lib.types.strMatching "[a-z_][a-z0-9_-]{0,30}";
      default = "slack_bridge";
      description = ''
        The system user and group that run the bridge. With a local PostgreSQL it
        is also the name of the role and of the database, because peer
        authentication compares the two.
      '';
    };
  };
}
