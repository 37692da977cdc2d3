# Refuses a declared login of which a part is missing.
{ config, lib, ... }:
let
  inherit (config.services.slack-bridge) enable slack;
  given = lib.filter (value: value != null) [
    slack.owner
    slack.botTokenFile
    slack.appTokenFile
  ];
in
{
  config = lib.mkIf enable {
    assertions = [
      {
        assertion = lib.length given == 0 || lib.length given == 3;
        message = "services.slack-bridge.slack: `owner`, `botTokenFile` and `appTokenFile` belong together: set all three, or none and log in by chat.";
      }
    ];
  };
}
