# services.grafana of NixOS.
# Read from: nixos/modules/services/monitoring/grafana.nix, of which only the missing default of
# secret_key was seen; the rest is written down from its manual.
{ config, lib, ... }:
let
  inherit (lib) types;
  list =
    options:
    lib.mkOption {
      default = [ ];
      type = types.listOf (types.submodule { inherit options; });
    };
  text = lib.mkOption { type = types.str; };
in
{
  options.services.grafana = {
    enable = lib.mkOption {
      type = types.bool;
      default = false;
    };
    # Freeform upstream as well.
    settings = lib.mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf (
          types.attrsOf (
            types.oneOf [
              types.bool
              types.int
              types.str
            ]
          )
        );
        options.security.secret_key = text;
      };
    };
    provision = {
      enable = lib.mkOption {
        type = types.bool;
        default = false;
      };
      datasources.settings.datasources = list {
        name = text;
        uid = text;
        type = text;
        access = text;
        url = text;
        isDefault = lib.mkOption {
          type = types.bool;
          default = false;
        };
      };
      dashboards.settings.providers = list {
        name = text;
        options.path = lib.mkOption { type = types.path; };
      };
    };
  };

  config = lib.mkIf config.services.grafana.enable {
    users.users.grafana = {
      isSystemUser = true;
      group = "grafana";
    };
    users.groups.grafana = { };
  };
}
