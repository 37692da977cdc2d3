# What this configuration takes for granted about the machine, for deploy/ to compare
# with the machine before anything is switched, and which commit it is.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.deploy;
  inherit (config) networking;
  homeserver = config.services.matrix-continuwuity;
  inherit (config.boot.loader) efi grub systemd-boot;
  byEfi = systemd-boot.enable || grub.efiSupport;

  addresses =
    family:
    lib.concatLists (
      lib.mapAttrsToList (
        name: interface:
        map (it: "${name} ${it.address}/${toString it.prefixLength}") (interface.${family}.addresses or [ ])
      ) networking.interfaces
    );

  facts = {
    state-version = [ config.system.stateVersion ];
    system = [ pkgs.stdenv.hostPlatform.system ];
    boot = [ (if byEfi then "efi" else "bios") ];
    loader =
      lib.optional systemd-boot.enable "systemd-boot"
      # NixOS enables GRUB unless told otherwise.
      ++ lib.optional (grub.enable && !systemd-boot.enable) "grub";
    efi-mount = lib.optional byEfi efi.efiSysMountPoint;
    grub-device = lib.optionals grub.enable grub.devices;
    # What the host makes by itself when it is switched, in MiB.
    swap-file = map (swap: "${swap.device} ${toString swap.size}") (
      lib.filter (swap: swap.size != null) config.swapDevices
    );
    mount = lib.mapAttrsToList (at: fs: "${at} ${fs.device} ${fs.fsType}") (
      lib.filterAttrs (_at: fs: fs.device != null && lib.hasPrefix "/dev/" fs.device) config.fileSystems
    );
    dhcp = [ (lib.boolToString networking.useDHCP) ];
    dhcp-interface = lib.attrNames (
      lib.filterAttrs (_name: interface: (interface.useDHCP or null) == true) networking.interfaces
    );
    address = addresses "ipv4" ++ addresses "ipv6";
    # Its own files name interfaces by patterns, which are not compared.
    networkd = lib.optional (networking.useNetworkd || config.systemd.network.enable or false) "true";
    ssh-key = config.users.users.root.openssh.authorizedKeys.keys or [ ];
    age-ssh-key = lib.optionals config.ops.secrets.enable config.sops.age.sshKeyPaths;
    homeserver = lib.optional homeserver.enable homeserver.package.name;
    postgresql-major = lib.optional config.ops.database.enable (toString config.ops.database.major);
  };
in
{
  options.ops.deploy = {
    revisionFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = lib.literalExpression "../../revision";
      description = ''
        A file that holds the commit, and may be missing: a deployment puts one beside
        the flake, as `revision`. `nixos-version --json` then says which commit runs.
      '';
    };

    expects = lib.mkOption {
      type = lib.types.lines;
      readOnly = true;
      internal = true;
      description = "A line for each fact: its name and its value.";
    };
  };

  config = {
    ops.deploy.expects = lib.concatLines (
      lib.concatLists (lib.mapAttrsToList (name: map (value: "${name} ${value}")) facts)
    );
    # The way in of the next one.
    environment.systemPackages = [ pkgs.rsync ];
    system.configurationRevision = lib.mkIf (
      cfg.revisionFile != null && builtins.pathExists cfg.revisionFile
    ) (lib.fileContents cfg.revisionFile);
  };
}
