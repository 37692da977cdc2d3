# `ops-restore`, which puts the nightly copies back.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  script = pkgs.writeShellApplication {
    name = "ops-restore";
    runtimeInputs = [
      config.services.postgresql.finalPackage
      config.systemd.package
      pkgs.coreutils
      pkgs.findutils
      pkgs.rocksdb.tools
      pkgs.util-linux
      pkgs.zstd
    ];
    text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./restore.sh);
  };
in
{
  config = lib.mkIf config.ops.backup.enable {
    environment.systemPackages = [ script ];
  };
}
