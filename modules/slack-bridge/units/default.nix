# The two units and what they share.
{
  imports = [
    ./bridge.nix
    ./registration.nix
    ./secrets.nix
  ];
}
