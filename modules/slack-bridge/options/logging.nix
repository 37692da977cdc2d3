# How much the bridge says.
{ lib, ... }:
{
  options.services.slack-bridge.logging.level = lib.mkOption {
    type = lib.types.enum [
      "trace"
      "debug"
      "info"
      "warn"
      "error"
    ];
    default = "info";
    description = "The lowest level that is logged.";
  };
}
