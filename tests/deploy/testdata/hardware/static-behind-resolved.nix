# What this machine is made of, as it said itself: written by `deploy init`, to be
# written again when the machine changes.
{
  imports = [ ./hardware-configuration.nix ];

  nixpkgs.hostPlatform = "x86_64-linux";

  boot.loader.grub = {
    enable = true;
    devices = [ "/dev/vda" ];
  };

  # The host builds itself, which takes more memory than it has.
  nix.settings = {
    max-jobs = 1;
    cores = 1;
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
      "192.0.2.54"
      "2001:db8::54"
    ];
  };
}
