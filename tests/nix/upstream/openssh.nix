# services.openssh of NixOS. sops-nix finds the host's key through hostKeys.
# Read from: nixos/modules/services/networking/ssh/sshd.nix
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
    authorizedKeysInHomedir = lib.mkOption {
      type = types.bool;
      default = true;
    };
    authorizedKeysFiles = lib.mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    extraConfig = lib.mkOption {
      type = types.lines;
      default = "";
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

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall cfg.ports;
    services.openssh = {
      # Where each user's keys are: NixOS writes those of users.users into the second.
      authorizedKeysFiles = lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys" ++ [
        "/etc/ssh/authorized_keys.d/%u"
      ];
      # The file that sshd reads, in short: first what the options say.
      extraConfig = lib.mkOrder 0 (
        lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports
        + "AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}\n"
        + lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys
      );
    };
  };
}
