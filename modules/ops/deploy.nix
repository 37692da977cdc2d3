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
  inherit (config) boot services;
  grub = boot.loader.grub;

  facts = {
    state-version = [ config.system.stateVersion ];
    boot = [ (if boot.loader.systemd-boot.enable || grub.efiSupport then "efi" else "bios") ];
    grub-device = lib.optionals grub.enable grub.devices;
    mount = lib.mapAttrsToList (at: fs: "${at} ${fs.device} ${fs.fsType}") (
      lib.filterAttrs (_at: fs: fs.device != null && lib.hasPrefix "/dev/" fs.device) config.fileSystems
    );
    dhcp = [ (lib.boolToString config.networking.useDHCP) ];
    interface = lib.attrNames config.networking.interfaces;
    ssh-key = config.users.users.root.openssh.authorizedKeys.keys or [ ];
    age-ssh-key = lib.optionals config.ops.secrets.enable config.sops.age.sshKeyPaths;
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
