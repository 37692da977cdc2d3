# The modules of a whole host, one concern a file: hosts/ says which with which
# values.
{
  imports = [
    ./backup
    ./base.nix
    ./bridge.nix
    ./database.nix
    ./deploy.nix
    ./doctor.nix
    ./forge.nix
    ./homeserver.nix
    ./monitoring
    ./old-homeserver.nix
    ./onboarding.nix
    ./ports.nix
    ./secrets.nix
    ./web
  ];
}
