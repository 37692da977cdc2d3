# Where the bridge keeps its rooms, messages and the events still to be carried.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
in
{
  options.services.slack-bridge.database = {
    type = lib.mkOption {
      type = lib.types.enum [
        "postgres"
        "sqlite3-fk-wal"
      ];
      default = "postgres";
      description = "The kind of database: PostgreSQL, or SQLite in the state directory.";
    };

    uri = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default =
        if cfg.database.uriFile != null then
          null
        else if cfg.database.type == "postgres" then
          "postgresql:///${cfg.user}?host=/run/postgresql"
        else
          "file:/var/lib/slack-bridge/bridge.db?_txlock=immediate";
      defaultText = lib.literalMD ''
        `postgresql:///<user>?host=/run/postgresql`, or with SQLite
        `file:/var/lib/slack-bridge/bridge.db?_txlock=immediate`
      '';
      example = "postgresql://bridge@10.0.0.3/bridge?sslmode=verify-full";
      description = ''
        The address of the database. One with a password in it belongs into
        {option}`services.slack-bridge.database.uriFile`; this option is then `null`. Not through
        PgBouncer in transaction mode: the lock on the database belongs to one connection.
      '';
    };

    createLocally = lib.mkOption {
      type = lib.types.bool;
      default = cfg.database.type == "postgres" && cfg.database.uriFile == null;
      defaultText = lib.literalMD "`true` for PostgreSQL without a `uriFile`";
      description = "Whether to run PostgreSQL on this host and make the role and the database in it.";
    };

    maxOpenConnections = lib.mkOption {
      type = lib.types.ints.positive;
      default = if cfg.database.type == "postgres" then 32 else 5;
      defaultText = lib.literalMD "32 for PostgreSQL, 5 for SQLite";
      description = "The most connections that the bridge opens at a time.";
    };

    maxIdleConnections = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = if cfg.database.type == "postgres" then 4 else 1;
      defaultText = lib.literalMD "4 for PostgreSQL, 1 for SQLite";
      description = "The most connections that stay open while nothing happens.";
    };
  };
}
