# Lets people make themselves an account with a token that the administrator hands
# out. continuwuity reads it from a file, because the file that NixOS makes of the
# homeserver's settings is world-readable, and as it is, so that no character of it has
# to be quoted.
{ config, lib, ... }:
let
  cfg = config.ops.onboarding;
  secret = "matrix-registration-token";
  inherit (config.services.matrix-continuwuity) package;
in
{
  options.ops.onboarding.enable = lib.mkEnableOption "accounts for people who have the registration token";

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.enable -> config.ops.homeserver.enable && config.ops.secrets.enable;
          message = "ops.onboarding lets people into the homeserver with a token from the secrets: enable ops.homeserver and ops.secrets, or leave ops.onboarding off.";
        }
        {
          assertion = cfg.enable -> lib.versionAtLeast (package.version or "26") "0.5.7";
          message = "ops.onboarding: continuwuity ${package.version or ""} cannot read a registration token from a file, which 0.5.7 can: update nixpkgs.";
        }
      ];
    }
    (lib.mkIf (cfg.enable && config.ops.homeserver.enable && config.ops.secrets.enable) {
      services.matrix-continuwuity.settings.global = {
        allow_registration = true;
        registration_token_file = "/run/credentials/continuwuity.service/${secret}";
      };

      sops.secrets.${secret}.restartUnits = [ "continuwuity.service" ];

      systemd.services.continuwuity = {
        # Wants: its restart must not restart the homeserver.
        wants = [ "sops-install-secrets.service" ];
        after = [ "sops-install-secrets.service" ];
        # Without the file the homeserver stays down rather than open: no other token
        # may replace it.
        serviceConfig.LoadCredential = [ "${secret}:${config.sops.secrets.${secret}.path}" ];
      };
    })
  ];
}
