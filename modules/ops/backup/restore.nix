# `ops-restore`, which puts the nightly copies back. The homeserver's is read by the RocksDB
# that wrote it: continuwuity's own, newer than the one of other packages. The tools of it
# are missing in continuwuity's package before 26.7.
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
      config.systemd.package
      pkgs.coreutils
      pkgs.findutils
      (config.services.matrix-continuwuity.package.rocksdb.tools or pkgs.rocksdb.tools)
      pkgs.util-linux
      pkgs.zstd
    ]
    ++ lib.optional config.services.postgresql.enable config.services.postgresql.finalPackage;
    text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./restore.sh);
  };
in
{
  config = lib.mkIf (config.ops.backup.enable || config.ops.homeserver.enable) {
    environment.systemPackages = [ script ];
  };
}
