# security.acme of NixOS, and the unit that orders a certificate.
# Read from: nixos/modules/security/acme/default.nix
{ config, lib, ... }:
let
  inherit (lib) types;
  cfg = config.security.acme;
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
    certs = lib.mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            group = lib.mkOption {
              type = types.str;
              default = "acme";
            };
            webroot = lib.mkOption {
              type = types.nullOr types.str;
              default = null;
            };
            extraDomainNames = lib.mkOption {
              type = types.listOf types.str;
              default = [ ];
            };
            reloadServices = lib.mkOption {
              type = types.listOf types.str;
              default = [ ];
            };
          };
        }
      );
    };
  };

  config = lib.mkIf (cfg.certs != { }) {
    assertions = [
      {
        assertion = cfg.acceptTerms;
        message = "You must accept the CA's terms of service before using the ACME module.";
      }
      {
        assertion = cfg.defaults.email != null;
        message = "You must set security.acme.defaults.email or security.acme.certs.<name>.email.";
      }
    ];
    # In short: it runs lego. It ends with 10 when the first order fails, with 11 when a
    # renewal does that is due.
    systemd.services = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "acme-order-renew-${name}" {
        description = "Order (and renew) ACME certificate for ${name}";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        serviceConfig = {
          Type = "oneshot";
          User = "acme";
          RestartSec = 900;
        };
      }
    ) cfg.certs;
  };
}
