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

  # Sends the checkout it is run in; what runs on the host comes with the commit.
  deploy = app (pkgs.writeShellApplication {
    name = "ops-jrz1-deploy";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.diffutils
      pkgs.findutils
      pkgs.gawk
      pkgs.git
      pkgs.gnugrep
      pkgs.gnused
      pkgs.gnutar
      pkgs.openssh
      pkgs.rsync
      pkgs.ssh-to-age
    ];
    text = ''
      exec bash ${../deploy}/deploy "$@"
    '';
  }) "Brings a commit of this checkout onto a NixOS host, and back if the host is not well";
}
