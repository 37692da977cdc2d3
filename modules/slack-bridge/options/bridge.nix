# Who may do what, and what commands begin with.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
in
{
  options.services.slack-bridge.bridge = {
    commandPrefix = lib.mkOption {
      type = lib.types.strMatching "[^ \t\n]+";
      default = "!slack";
      description = "What a command begins with outside of a management room.";
    };

    permissions = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.enum [
          "relay"
          "commands"
          "user"
          "admin"
        ]
      );
      default = {
        ${cfg.matrix.serverName} = "relay";
      }
      // lib.optionalAttrs (cfg.slack.owner != null) { ${cfg.slack.owner} = "admin"; };
      defaultText = lib.literalMD "people of the own server are relayed, the owner is an admin";
      example = {
        "example.org" = "relay";
        "@you:example.org" = "admin";
      };
      description = ''
        Who may do what: a Matrix id, a server name or `*`, and one of `relay` (what
        they write is carried to Slack), `commands`, `user` (may log in) and `admin`.
      '';
    };
  };
}
