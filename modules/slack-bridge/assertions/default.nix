# What cannot work is refused when the host is evaluated, each with the option and
# the cure.
{
  imports = [
    ./addresses.nix
    ./continuwuity.nix
    ./database.nix
    ./encryption.nix
    ./names.nix
    ./people.nix
    ./secrets.nix
    ./slack.nix
  ];
}
