# Refuses names of Matrix users that would be taken for one another.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  inherit (cfg.appservice) senderLocalpart userPrefix;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !lib.hasPrefix userPrefix senderLocalpart;
        message = "services.slack-bridge.appservice.senderLocalpart `${senderLocalpart}` begins with userPrefix `${userPrefix}`: the bridge's own user would be taken for a person in Slack. Choose another name.";
      }
      {
        assertion = !(cfg.continuwuity.enable && lib.hasPrefix userPrefix cfg.continuwuity.admin);
        message = "services.slack-bridge.continuwuity.admin begins with appservice.userPrefix `${userPrefix}`: the registration would take the account. Choose another name.";
      }
      {
        assertion = cfg.user != "root";
        message = "services.slack-bridge.user must not be root.";
      }
    ];
  };
}
