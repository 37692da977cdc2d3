# What this machine is made of, as it said itself: written by `deploy init`, to be
# written again when the machine changes.
{
  imports = [ ./hardware-configuration.nix ];

  nixpkgs.hostPlatform = "x86_64-linux";

  boot.loader = {
    systemd-boot.enable = true;
    grub.enable = false;
    efi.efiSysMountPoint = "/boot";
  };

  # The host builds itself, which takes more memory than it has.
  nix.settings = {
    max-jobs = 1;
    cores = 1;
  };
  # No swap file, which ZFS cannot hold; a partition helps.

  networking.useDHCP = true;
}
