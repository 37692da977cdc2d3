# services.openssh of NixOS. sops-nix finds the host's key through hostKeys.
{ config, lib, ... }:
let
  inherit (lib) types;
  cfg = config.services.openssh;
in
{
  options.services.openssh = {
    enable = lib.mkOption {
      type = types.bool;
      default = false;
    };
    hostKeys = lib.mkOption {
      type = types.listOf types.attrs;
      default = [
        {
          type = "rsa";
          bits = 4096;
          path = "/etc/ssh/ssh_host_rsa_key";
        }
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
    };
    ports = lib.mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
    };
    openFirewall = lib.mkOption {
      type = types.bool;
      default = true;
    };
    # Freeform upstream as well.
    settings = lib.mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf (types.either types.bool types.str);
        options = {
          PasswordAuthentication = lib.mkOption {
            type = types.nullOr types.bool;
            default = true;
          };
          KbdInteractiveAuthentication = lib.mkOption {
            type = types.nullOr types.bool;
            default = true;
          };
          PermitRootLogin = lib.mkOption {
            type = types.nullOr (
              types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ]
            );
            default = "prohibit-password";
          };
        };
      };
    };
  };

  config = lib.mkIf (cfg.enable && cfg.openFirewall) {
    networking.firewall.allowedTCPPorts = cfg.ports;
  };
}
