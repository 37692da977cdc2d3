# services.slack-bridge: the bridge between a Slack workspace and Matrix, usable
# alone on any NixOS host. One concern a file: options/ declares, units/ runs,
# and the files next to them connect the two.
{
  imports = [
    ../continuwuity-admin
    ./options
    ./units
    ./assertions
    ./command.nix
    ./configuration.nix
    ./continuwuity.nix
    ./postgresql.nix
    ./user.nix
  ];
}
