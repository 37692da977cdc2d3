# services.prometheus of NixOS, with its alertmanager and the exporters that we use.
# Read from: nixos/modules/services/monitoring/prometheus/{default,alertmanager,exporters}.nix and
# exporters/{node,postgres}.nix, all but the first of 2025.
{ lib, ... }:
let
  inherit (lib) types;
  enable = lib.mkOption {
    type = types.bool;
    default = false;
  };
  port =
    default:
    lib.mkOption {
      type = types.port;
      inherit default;
    };
  text =
    default:
    lib.mkOption {
      type = types.str;
      inherit default;
    };
  maybe = lib.mkOption {
    type = types.nullOr types.str;
    default = null;
  };
  strings = lib.mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  exporter =
    number: more:
    {
      inherit enable;
      port = port number;
      listenAddress = text "0.0.0.0";
      extraFlags = strings;
    }
    // more;
  job = {
    options = {
      job_name = lib.mkOption { type = types.str; };
      static_configs = lib.mkOption {
        default = [ ];
        type = types.listOf (
          types.submodule {
            options = {
              targets = lib.mkOption { type = types.listOf types.str; };
              labels = lib.mkOption {
                type = types.attrsOf types.str;
                default = { };
              };
            };
          }
        );
      };
    };
  };
in
{
  options.services.prometheus = {
    inherit enable;
    port = port 9090;
    listenAddress = text "0.0.0.0";
    retentionTime = maybe;
    extraFlags = strings;
    globalConfig = lib.mkOption {
      default = { };
      type = types.submodule {
        options = {
          scrape_interval = maybe;
          evaluation_interval = maybe;
        };
      };
    };
    rules = strings;
    scrapeConfigs = lib.mkOption {
      type = types.listOf (types.submodule job);
      default = [ ];
    };
    alertmanagers = lib.mkOption {
      type = types.listOf types.attrs;
      default = [ ];
    };
    alertmanager = {
      inherit enable;
      port = port 9093;
      listenAddress = text "";
      extraFlags = strings;
      configuration = lib.mkOption {
        type = types.nullOr types.attrs;
        default = null;
      };
    };
    exporters = {
      node = exporter 9100 { enabledCollectors = strings; };
      postgres = exporter 9187 {
        runAsLocalSuperUser = lib.mkOption {
          type = types.bool;
          default = false;
        };
      };
    };
  };
}
