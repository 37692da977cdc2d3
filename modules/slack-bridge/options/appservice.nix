# How the homeserver reaches the bridge and which Matrix users are the bridge's.
{ lib, ... }:
let
  # Matrix specification, "User identifiers": what a localpart may contain.
  localpart = lib.types.strMatching "[a-z0-9._=/+-]+";
in
{
  options.services.slack-bridge.appservice = {
    hostname = lib.mkOption {
      type = lib.types.str;
      default = "127.0.0.1";
      description = "The IP address on which the bridge listens for the homeserver.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 29319;
      description = "The port on which the bridge listens for the homeserver.";
    };

    publicAddress = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "https?://[^/ ]+(/[^ ]*)?");
      default = null;
      example = "https://example.org";
      description = ''
        Where Slack reaches the bridge to fetch the pictures of Matrix people. The web
        server under that name has to pass `/_slack-bridge/face/` on to the bridge, and
        nothing else. Without it no picture is sent.
      '';
    };

    id = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9._-]+";
      default = "slack";
      description = ''
        The name of the registration. The homeserver keeps the registration of an
        old name when it is changed, until an administrator removes it.
      '';
    };

    senderLocalpart = lib.mkOption {
      type = localpart;
      default = "slackbot";
      description = "The localpart of the bridge's own user.";
    };

    userPrefix = lib.mkOption {
      type = localpart;
      default = "slack_";
      description = "What the localparts of the users begin with that stand for people in Slack.";
    };
  };
}
