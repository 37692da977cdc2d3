# PostgreSQL for everything on the host, by socket only. It is closed to the network also
# where this is off and a service of the host brings it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.database;
  inherit (config) ops services;
  ours = cfg.enable || ops.bridge.enable || ops.forge.enable;
in
{
  options.ops.database = {
    enable = lib.mkEnableOption "PostgreSQL, reachable by socket only";

    major = lib.mkOption {
      type = lib.types.ints.positive;
      default = 17;
      description = ''
        The major version. A newer one does not read the data of an older one but
        starts empty beside it: move the data before changing this.
      '';
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      services.postgresql = {
        enable = true;
        package = pkgs."postgresql_${toString cfg.major}";
      };
    })
    (lib.mkIf (ours && services.postgresql.enable) {
      services.postgresql = {
        # NixOS would set a name that stands for two addresses.
        settings.listen_addresses = lib.mkForce "";
        # A new cluster sorts by bytes: the order of a locale changes with the C library, which
        # a release of NixOS brings, and with it every index of a text. What is there keeps its
        # own.
        initdbArgs = [
          "--locale=C"
          "--encoding=UTF8"
        ];
      };
    })
  ];
}
