# The system under the services: who may log in, what the world reaches, and a disk
# that does not fill up with old builds.
{ config, lib, ... }:
let
  cfg = config.ops.base;
  profile = "/nix/var/nix/profiles/system";
  noKey = "ops.base.authorizedKeys is empty: after this switch no one could log in. Put your public SSH key into the host's authorized_keys file.";
in
{
  options.ops.base = {
    enable = lib.mkEnableOption "the base system: SSH by key, firewall, garbage collection";

    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.singleLineStr;
      default = [ ];
      description = "The public SSH keys that may log in as root; no other key may, wherever it is.";
    };

    keepGenerations = lib.mkOption {
      type = lib.types.ints.positive;
      default = 5;
      description = "How many of the newest systems stay, so that there is always one to go back to.";
    };
  };

  config = lib.mkIf cfg.enable {
    # Only the owner can give a key, and the host is evaluated before there is one: so it is
    # the switch that is refused.
    warnings = lib.optional (cfg.authorizedKeys == [ ]) noKey;
    system.preSwitchChecks.ops-authorized-keys = lib.mkIf (cfg.authorizedKeys == [ ]) ''
      echo ${lib.escapeShellArg noKey} >&2
      exit 78
    '';

    users.users.root.openssh.authorizedKeys.keys = cfg.authorizedKeys;
    services.openssh = {
      enable = true;
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
        PermitRootLogin = "prohibit-password";
      };
      # Root's keys are those of the configuration: one that a provider has put into
      # /root/.ssh, or that was removed from here, opens nothing. Other users keep the keys in
      # their home, by which Forgejo lets people in over SSH. In the end, because it holds for
      # every line after it until the next Match.
      extraConfig = lib.mkOrder 2000 ''
        Match User root
          AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
        Match all
      '';
    };

    # SSH opens its own port, web opens 80 and 443. Federation comes in on 443, to
    # which the well-known points, so that 8448 stays closed.
    networking.firewall.enable = true;

    nix = {
      settings.experimental-features = [
        "nix-command"
        "flakes"
      ];
      gc.automatic = true;
    };
    # By their number and not by their age: after quiet weeks every one is old.
    systemd.services.nix-gc.serviceConfig.ExecStartPre =
      "${config.nix.package}/bin/nix-env --profile ${profile} --delete-generations +${toString cfg.keepGenerations}";
    # Each entry keeps a kernel on a small /boot.
    boot.loader = {
      grub.configurationLimit = lib.mkDefault cfg.keepGenerations;
      systemd-boot.configurationLimit = lib.mkDefault cfg.keepGenerations;
    };
  };
}
