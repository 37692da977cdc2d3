# Makes programs of the scripts in this folder. They stay files, so that
# shellcheck and tests read what runs.
{
  lib,
  pkgs,
  package,
}:
name:
pkgs.writeShellApplication {
  name = "slack-bridge-${name}";
  runtimeInputs = [
    pkgs.coreutils
    package
  ];
  # The shebang and the options of the shell are added again by the builder.
  text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile (./. + "/${name}.sh"));
}
