# The bridge's own system user. Both units run as it, so that no file has to be
# shared with another user or group.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
in
{
  config = lib.mkIf cfg.enable {
    users.users.${cfg.user} = {
      isSystemUser = true;
      group = cfg.user;
      description = "Slack bridge";
    };
    users.groups.${cfg.user} = { };
  };
}
