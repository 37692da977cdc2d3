# The role and the database on this host. PostgreSQL recognises the bridge by its
# system user, so there is no password.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
in
{
  config = lib.mkIf (cfg.enable && cfg.database.createLocally) {
    services.postgresql = {
      enable = true;
      ensureDatabases = [ cfg.user ];
      ensureUsers = [
        {
          name = cfg.user;
          ensureDBOwnership = true;
        }
      ];
    };

    # The role and the database are made by a unit of the target; the service
    # itself is active before they are there.
    systemd.services.slack-bridge = {
      requires = [ "postgresql.target" ];
      after = [ "postgresql.target" ];
    };
  };
}
