# services.postgresql of NixOS. Where PostgreSQL is off there is no package: upstream gives
# one by system.stateVersion when it is on.
# Read from: nixos/modules/services/databases/postgresql.nix
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  cfg = config.services.postgresql;
in
{
  options.services = {
    postgresql = {
      enable = lib.mkOption {
        type = types.bool;
        default = false;
      };
      package = lib.mkOption { type = types.package; };
      finalPackage = lib.mkOption {
        type = types.package;
        readOnly = true;
        default = cfg.package;
      };
      enableTCPIP = lib.mkOption {
        type = types.bool;
        default = false;
      };
      initdbArgs = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      ensureDatabases = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      ensureUsers = lib.mkOption {
        default = [ ];
        type = types.listOf (
          types.submodule {
            options = {
              name = lib.mkOption { type = types.str; };
              ensureDBOwnership = lib.mkOption {
                type = types.bool;
                default = false;
              };
            };
          }
        );
      };
      # Freeform upstream as well.
      settings = lib.mkOption {
        default = { };
        type = types.submodule {
          freeformType = types.attrsOf (
            types.oneOf [
              types.bool
              types.float
              types.int
              types.str
            ]
          );
          options.port = lib.mkOption {
            type = types.port;
            default = 5432;
          };
        };
      };
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      # What the module sets at normal priority, and ours has to outdo.
      services.postgresql.settings.listen_addresses = if cfg.enableTCPIP then "*" else "localhost";
      services.postgresql.package = lib.mkDefault (
        if lib.versionAtLeast config.system.stateVersion "25.11" then
          pkgs.postgresql_17
        else if lib.versionAtLeast config.system.stateVersion "24.11" then
          pkgs.postgresql_16
        else
          pkgs.postgresql_15
      );
      environment.systemPackages = [ cfg.finalPackage ];
      assertions = map (user: {
        assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
        message = "ensureDBOwnership of ${user.name} needs a database of that name in ensureDatabases.";
      }) cfg.ensureUsers;
    })
  ];
}
