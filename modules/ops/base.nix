# The system under the services: who may log in, what the world reaches, and a disk
# that does not fill up with old builds.
{ config, lib, ... }:
let
  cfg = config.ops.base;
in
{
  options.ops.base = {
    enable = lib.mkEnableOption "the base system: SSH by key, firewall, garbage collection";

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.singleLineStr;
      default = [ ];
      description = "The public SSH keys that may log in as root.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.authorizedKeys != [ ];
        message = "ops.base.authorizedKeys is empty: after this switch nobody could log in. Put your public SSH key into the host's authorized_keys file.";
      }
    ];

    users.users.root.openssh.authorizedKeys.keys = cfg.authorizedKeys;
    services.openssh = {
      enable = true;
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
        PermitRootLogin = "prohibit-password";
      };
    };

    # SSH opens its own port, web opens 80 and 443. Federation comes in on 443, to
    # which the well-known points, so that 8448 stays closed.
    networking.firewall.enable = true;

    nix = {
      settings.experimental-features = [
        "nix-command"
        "flakes"
      ];
      # Old enough that there is always a generation to go back to.
      gc = {
        automatic = true;
        options = "--delete-older-than 14d";
      };
    };
    # Each entry keeps a kernel on a small /boot.
    boot.loader.grub.configurationLimit = lib.mkDefault 5;
    boot.loader.systemd-boot.configurationLimit = lib.mkDefault 5;
  };
}
