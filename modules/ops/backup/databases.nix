# A dump of each database that a service of this host has.
{ config, lib, ... }:
let
  cfg = config.ops.backup;
in
{
  config = lib.mkIf (cfg.enable && config.ops.database.enable) {
    services.postgresqlBackup = {
      enable = true;
      inherit (cfg) startAt;
      databases = config.services.postgresql.ensureDatabases;
      compression = "zstd";
    };
  };
}
