# Registers the bridge with continuwuity, which knows appservices only from its
# database and the admin commands it runs at start. The commands hold the tokens,
# so they come as a credential in a TOML file of their own; continuwuity merges
# it with the file made of the NixOS options. Later files replace whole keys:
# `admin_execute` therefore belongs to the registration alone.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  credential = "slack-bridge-registration.toml";
in
{
  config =
    lib.mkIf (cfg.enable && cfg.continuwuity.enable && config.services.matrix-continuwuity.enable)
      {
        services.matrix-continuwuity = {
          extraEnvironment.CONDUWUIT_CONFIG = "%d/${credential}";
          settings.global.log = lib.mkDefault (
            lib.concatStringsSep "," ([ "info" ] ++ import ./continuwuity-log.nix)
          );
        };
        # Its errors are ignored, so whether the server took the registration is proven by the
        # bridge, which asks it with its token.
        services.continuwuity-admin = {
          enable = true;
          name = lib.mkDefault cfg.continuwuity.admin;
          serverName = lib.mkDefault cfg.matrix.serverName;
        };

        systemd.services = {
          continuwuity = {
            # Wants, not requires: a broken bridge must not stop the homeserver.
            wants = [ "slack-bridge-registration.service" ];
            after = [ "slack-bridge-registration.service" ];
            # The registration lies at a constant path, which is no change that
            # systemd would see.
            restartTriggers = [ (builtins.toJSON cfg.internal.registrationInputs) ];
            serviceConfig = {
              LoadCredential = [ "${credential}:/var/lib/slack-bridge/${credential}" ];
              # Taken when the file is not there, which would otherwise stop the start.
              SetCredential = [ "${credential}:[global]\\n" ];
            };
          };

          # The homeserver says it is ready before it has taken the registration; the
          # bridge asks until it is accepted.
          slack-bridge = {
            wants = [ "continuwuity.service" ];
            after = [ "continuwuity.service" ];
          };
        };
      };
}
