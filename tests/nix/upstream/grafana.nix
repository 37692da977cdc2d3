# services.grafana of NixOS.
# Compared with: nixos/modules/services/monitoring/grafana.nix of 2025; that secret_key has no
# default is newer.
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
        type = text;
        access = lib.mkOption {
          type = types.enum [
            "proxy"
            "direct"
          ];
          default = "proxy";
        };
        uid = lib.mkOption {
          type = types.nullOr types.str;
          default = null;
        };
        url = lib.mkOption {
          type = types.str;
          default = "";
        };
        # Upstream takes it as one of the keys that it does not know.
        isDefault = lib.mkOption {
          type = types.bool;
          default = false;
        };
      };
      dashboards.settings.providers = list {
        name = lib.mkOption {
          type = types.str;
          default = "default";
        };
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
