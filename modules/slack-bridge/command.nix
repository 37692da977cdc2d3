# The program on the path of every user: operators ask the running bridge with it,
# and copy its database (docs/runbook.md).
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
in
{
  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
  };
}
