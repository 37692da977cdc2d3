# Refuses combinations of encryption options that do nothing or cannot work.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  inherit (cfg) encryption;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          encryption.enable
          || !(encryption.default || encryption.require || encryption.appservice || encryption.msc4190);
        message = "services.slack-bridge.encryption: `default`, `require`, `appservice` and `msc4190` need `enable = true`.";
      }
      {
        assertion = !(encryption.appservice && cfg.continuwuity.enable);
        message = "services.slack-bridge.encryption.appservice: continuwuity sends no keys with its transactions; leave it false, so that the bridge fetches them by /sync.";
      }
    ];
  };
}
