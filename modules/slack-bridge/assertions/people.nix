# Refuses a bridge into which no one may log in.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  mayLogIn = lib.attrNames (
    lib.filterAttrs (_who: level: level == "user" || level == "admin") cfg.bridge.permissions
  );

  # A level is given to a person, to everybody on a server, or to everybody.
  covers = owner: who: who == owner || who == "*" || lib.hasSuffix ":${who}" owner;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = mayLogIn != [ ];
        message = "services.slack-bridge.bridge.permissions lets no one log in: set services.slack-bridge.slack.owner, or give a person the level `user` or `admin`.";
      }
      {
        assertion = cfg.slack.owner == null || mayLogIn == [ ] || lib.any (covers cfg.slack.owner) mayLogIn;
        message = "services.slack-bridge.bridge.permissions does not let the owner of the login log in, ${toString cfg.slack.owner}: give them the level `admin`.";
      }
    ];
  };
}
