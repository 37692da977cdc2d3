# What this machine is made of, as it said itself: written by `deploy init`, to be
# written again when the machine changes.
{
  imports = [ ./hardware-configuration.nix ];

  nixpkgs.hostPlatform = "x86_64-linux";

  boot.loader.grub = {
    enable = true;
    devices = [ "/dev/disk/by-path/pci-0000:00:04.0" ];
  };

  # The host builds itself, which takes more memory than it has.
  nix.settings = {
    max-jobs = 1;
    cores = 1;
  };

  networking.useDHCP = true;
}
