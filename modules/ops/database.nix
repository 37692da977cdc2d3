# PostgreSQL for everything on the host, by socket only.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.database;
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

  config = lib.mkIf cfg.enable {
    services.postgresql = {
      enable = true;
      package = pkgs."postgresql_${toString cfg.major}";
      # The module would set a name that stands for two addresses.
      settings.listen_addresses = lib.mkForce "";
    };
  };
}
