# systemd.* of NixOS, as far as we set it.
# Read from: nixos/lib/systemd-unit-options.nix, nixos/modules/system/boot/systemd.nix,
# nixos/modules/system/boot/systemd/tmpfiles.nix. Lists of one option from several places
# are joined, other values must agree: a unit that two modules shape depends on it.
{ lib, ... }:
let
  inherit (lib) types;

  unitValue = types.mkOptionType {
    name = "systemd option";
    merge =
      loc: defs:
      if lib.any (def: builtins.isList def.value) defs then
        lib.concatMap (def: lib.toList def.value) defs
      else
        lib.mergeEqualOption loc defs;
  };

  list = lib.mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  maybe =
    type:
    lib.mkOption {
      type = types.nullOr type;
      default = null;
    };

  unit = {
    options = {
      description = lib.mkOption {
        type = types.singleLineStr;
        default = "";
      };
      documentation = list;
      after = list;
      before = list;
      wants = list;
      requires = list;
      requiredBy = list;
      wantedBy = list;
      bindsTo = list;
      partOf = list;
      unitConfig = lib.mkOption {
        type = types.attrsOf unitValue;
        default = { };
      };
      restartTriggers = lib.mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
      };
      startLimitBurst = maybe types.int;
      startLimitIntervalSec = maybe types.int;
    };
  };

  service = {
    imports = [ unit ];
    options = {
      environment = lib.mkOption {
        type = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.str
              types.path
              types.package
            ]
          )
        );
        default = { };
      };
      path = lib.mkOption {
        type = types.listOf (types.either types.package types.str);
        default = [ ];
      };
      restartIfChanged = lib.mkOption {
        type = types.bool;
        default = true;
      };
      serviceConfig = lib.mkOption {
        type = types.attrsOf unitValue;
        default = { };
      };
      script = lib.mkOption {
        type = types.lines;
        default = "";
      };
      startAt = lib.mkOption {
        type = types.either types.str (types.listOf types.str);
        default = [ ];
      };
    };
  };
in
{
  options.systemd = {
    package = lib.mkOption { type = types.package; };
    services = lib.mkOption {
      type = types.attrsOf (types.submodule service);
      default = { };
    };
    sysusers.enable = lib.mkOption {
      type = types.bool;
      default = false;
    };
    tmpfiles.settings = lib.mkOption {
      type = types.attrsOf (
        types.attrsOf (
          types.attrsOf (
            types.submodule {
              options = {
                mode = lib.mkOption {
                  type = types.str;
                  default = "-";
                };
                user = lib.mkOption {
                  type = types.str;
                  default = "-";
                };
                group = lib.mkOption {
                  type = types.str;
                  default = "-";
                };
                age = lib.mkOption {
                  type = types.str;
                  default = "-";
                };
                argument = lib.mkOption {
                  type = types.str;
                  default = "";
                };
              };
            }
          )
        )
      );
      default = { };
    };
  };
}
