# What `nix run` starts.
{ lib, pkgs }:
let
  app = script: description: {
    type = "app";
    program = lib.getExe script;
    meta = { inherit description; };
  };
in
{
  demo = app (pkgs.writeShellApplication {
    name = "ops-jrz1-demo";
    runtimeInputs = [
      pkgs.gcc
      pkgs.go_1_26
      pkgs.matrix-continuwuity
    ];
    text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./demo.sh);
  }) "A homeserver, a Slack workspace in one process and the bridge, to try out";
}
