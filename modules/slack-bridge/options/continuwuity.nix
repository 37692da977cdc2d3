# Whether and how the bridge registers itself with continuwuity on this host.
{ lib, ... }:
{
  options.services.slack-bridge.continuwuity = {
    enable = lib.mkEnableOption "registering the bridge with continuwuity on this host at every start of it";

    admin = lib.mkOption {
      type = lib.types.strMatching "[a-z0-9._=/+-]+";
      example = "admin";
      description = ''
        The localpart of the homeserver's administrator. continuwuity makes the first
        account an administrator, and a registration makes accounts: this one is
        created before it, by `services.continuwuity-admin`.
      '';
    };
  };
}
