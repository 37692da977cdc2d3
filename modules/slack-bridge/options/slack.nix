# The workspace and the app's two tokens. With an owner the bridge logs in by
# itself at start; without one a person logs in by chat.
{ lib, ... }:
let
  tokenFile =
    what:
    lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/slack-bot-token";
      description = ''
        A file that holds the app's ${what} and nothing else; root may be the only
        one who can read it. While it is missing or empty the bridge is up and says
        what it waits for.
      '';
    };
in
{
  options.services.slack-bridge.slack = {
    workspace = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[a-z0-9-]+");
      default = null;
      example = "example";
      description = "The workspace's name in its address, `<name>.slack.com`; the unit is called after it.";
    };

    owner = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "@[^: ]+:[^ ]+");
      default = null;
      example = "@you:example.org";
      description = "The Matrix user to whom the login belongs that is made with the two tokens.";
    };

    botTokenFile = tokenFile "bot token";
    appTokenFile = tokenFile "app-level token";
  };
}
