# Adds the project's programs to a package set.
final: _prev: {
  slack-bridge = final.callPackage ./package.nix {
    program = "slack-bridge";
    description = "Bridge between a Slack workspace and Matrix";
  };
  slack-emulator = final.callPackage ./package.nix {
    program = "slack-emulator";
    description = "A Slack workspace in one process, for demos and tests";
  };
}
