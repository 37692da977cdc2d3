# A small KVM server that boots from its first disk by BIOS.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];

  boot.loader.grub = {
    enable = true;
    devices = [ "/dev/vda" ];
  };

  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };

  # The host builds itself, which takes more memory than a small server has.
  swapDevices = [
    {
      device = "/var/swap";
      size = 4096;
    }
  ];
  nix.settings = {
    max-jobs = 1;
    cores = 1;
  };

  networking.useDHCP = true;
}
