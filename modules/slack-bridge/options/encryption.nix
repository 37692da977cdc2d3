# End-to-bridge encryption: between the homeserver's users and the bridge.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;

  flag =
    description:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      inherit description;
    };
in
{
  options.services.slack-bridge.encryption = {
    enable = flag "Whether the bridge works in encrypted rooms.";
    default = flag "Whether rooms are made encrypted.";
    require = flag "Whether unencrypted messages are dropped.";
    appservice = flag ''
      Whether keys arrive with the transactions (MSC3202) instead of by /sync. Not
      every homeserver sends them: continuwuity does not.
    '';
    msc4190 = lib.mkOption {
      type = lib.types.bool;
      default = cfg.encryption.enable && cfg.continuwuity.enable;
      defaultText = lib.literalMD "`true` for encryption with continuwuity on this host";
      description = "Whether the bot's device is made by MSC4190 instead of a login.";
    };
  };
}
