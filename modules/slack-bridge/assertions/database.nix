# Refuses database settings that PostgreSQL would refuse at run time, or that would
# put a password into the store.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  inherit (cfg.database) uri uriFile createLocally;

  # postgresql://USER@HOST/NAME?host=/SOCKET: the parts that peer authentication
  # looks at.
  parts = builtins.match "postgres(ql)?://([^/@]*@)?([^/?]*)/([^?]*)([?].*)?" (
    if uri == null then "" else uri
  );
  bySocket =
    parts != null
    && builtins.elemAt parts 2 == ""
    && builtins.match ".*[?&]host=/.*" (toString (builtins.elemAt parts 4)) != null;
  asOneself = bySocket && builtins.elemAt parts 1 == null;
  name = builtins.elemAt parts 3;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (uri == null) != (uriFile == null);
        message = "services.slack-bridge.database: set either `uri` or `uriFile` (and then `uri = null`), so that it is clear which database is meant.";
      }
      {
        assertion = uri == null || builtins.match "[a-z0-9+]+://[^/@]*:[^/@]*@.*" uri == null;
        message = "services.slack-bridge.database.uri holds a password, and everybody can read the store: put the whole URI into a file and name it in services.slack-bridge.database.uriFile.";
      }
      {
        assertion = !asOneself || name == cfg.user;
        message = "services.slack-bridge.database.uri names the database `${name}`, but peer authentication lets the system user `${cfg.user}` into a role of that name, which owns the database of that name: set services.slack-bridge.user to the database's name.";
      }
      {
        assertion = !createLocally || bySocket;
        message = "services.slack-bridge.database.createLocally makes a role without a password, which is let in by the socket only: write `uri` as postgresql:///${cfg.user}?host=/run/postgresql or set createLocally to false.";
      }
    ];
  };
}
