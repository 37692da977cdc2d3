# Copies of everything that cannot be made again, every night, and the command that
# puts them back. They lie on the same disk: ops.backup.offsite takes them off the host.
{ config, lib, ... }:
let
  bridge = config.services.slack-bridge;
  inFile = bridge.enable && bridge.database.type != "postgres";
in
{
  imports = [
    ./bridge.nix
    ./databases.nix
    ./homeserver.nix
    ./offsite.nix
    ./restore.nix
  ];

  options.ops.backup = {
    enable = lib.mkEnableOption "nightly copies of the databases and the homeserver";

    startAt = lib.mkOption {
      type = lib.types.str;
      default = "*-*-* 03:30:00";
      description = "When the copies are made, as a systemd calendar event.";
    };

    keep = lib.mkOption {
      type = lib.types.ints.positive;
      default = 7;
      description = "How many copies of the homeserver, and of the bridge's SQLite database, are kept.";
    };
  };

  config = lib.mkIf config.ops.backup.enable {
    assertions = [
      {
        assertion = config.services.postgresql.enable || config.ops.homeserver.enable || inFile;
        message = "ops.backup has nothing to copy: enable ops.homeserver or something with a database on this host, or leave ops.backup off.";
      }
    ];
    warnings = lib.optional (bridge.enable && !inFile && !bridge.database.createLocally) (
      "ops.backup does not copy the bridge's database, which is not made by this host (services.slack-bridge.database.createLocally): have it copied where it is."
    );
  };
}
