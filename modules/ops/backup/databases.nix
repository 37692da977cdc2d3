# A dump of each database that a service of this host has, whichever module enabled PostgreSQL.
{ config, lib, ... }:
let
  cfg = config.ops.backup;
  inherit (config.services) postgresql;
in
{
  config = lib.mkIf (cfg.enable && postgresql.enable && postgresql.ensureDatabases != [ ]) {
    services.postgresqlBackup = {
      enable = true;
      inherit (cfg) startAt;
      databases = postgresql.ensureDatabases;
      compression = "zstd";
    };
  };
}
