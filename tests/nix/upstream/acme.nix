# security.acme of NixOS.
{ lib, ... }:
let
  inherit (lib) types;
in
{
  options.security.acme = {
    acceptTerms = lib.mkOption {
      type = types.bool;
      default = false;
    };
    defaults.email = lib.mkOption {
      type = types.nullOr types.str;
      default = null;
    };
  };
}
