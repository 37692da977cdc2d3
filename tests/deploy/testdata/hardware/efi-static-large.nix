# What this machine is made of, as it said itself: written by `deploy init`, to be
# written again when the machine changes.
{
  imports = [ ./hardware-configuration.nix ];

  nixpkgs.hostPlatform = "x86_64-linux";

  boot.loader = {
    systemd-boot.enable = true;
    grub.enable = false;
    efi.efiSysMountPoint = "/boot/efi";
  };

  # The provider gives these addresses by hand.
  networking = {
    useDHCP = false;
    interfaces.ens3.ipv4.addresses = [
      {
        address = "192.0.2.10";
        prefixLength = 24;
      }
    ];
    defaultGateway = {
      address = "192.0.2.1";
      interface = "ens3";
    };
    nameservers = [
      "192.0.2.53"
    ];
  };
}
