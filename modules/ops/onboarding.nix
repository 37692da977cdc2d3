# Lets people make themselves an account with a token that the administrator hands
# out. The token comes from sops in a file of its own, because the file that NixOS
# makes of the homeserver's settings is world-readable.
{ config, lib, ... }:
let
  cfg = config.ops.onboarding;
  credential = "registration-token.toml";
in
{
  options.ops.onboarding.enable = lib.mkEnableOption "accounts for people who have the registration token";

  config = lib.mkIf cfg.enable {
    services.matrix-continuwuity = {
      settings.global.allow_registration = true;
      extraEnvironment.CONDUIT_CONFIG = "%d/${credential}";
    };

    sops = {
      secrets.matrix-registration-token = { };
      templates.${credential} = {
        content = ''
          [global]
          registration_token = "${config.sops.placeholder.matrix-registration-token}"
        '';
        restartUnits = [ "continuwuity.service" ];
      };
    };

    systemd.services.continuwuity = {
      # Wants: its restart must not restart the homeserver.
      wants = [ "sops-install-secrets.service" ];
      after = [ "sops-install-secrets.service" ];
      # Without the file the homeserver stays down rather than open: there is no
      # token that could stand in.
      serviceConfig.LoadCredential = [ "${credential}:${config.sops.templates.${credential}.path}" ];
    };
  };
}
