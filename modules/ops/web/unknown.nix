# Names that are not this host's: without it nginx would answer them with the first
# of its own.
{ config, lib, ... }:
{
  config = lib.mkIf config.ops.web.enable {
    services.nginx.virtualHosts."_" = {
      default = true;
      rejectSSL = true;
      locations."/".return = "444";
    };
  };
}
