# What NixOS declares outside of services: assertions, boot, file systems, network,
# packages, nix.
# Read from: nixos/modules/misc/assertions.nix, misc/nixpkgs.nix, misc/version.nix,
# system/activation/{activation-script,pre-switch-check,top-level}.nix,
# system/boot/loader/{grub/grub,systemd-boot/systemd-boot,efi}.nix, tasks/filesystems.nix,
# config/swap.nix, tasks/network-interfaces.nix, services/networking/firewall.nix,
# config/nix.nix and services/misc/nix-gc.nix.
{
  config,
  lib,
  pkgs,
  release,
  ...
}:
let
  inherit (lib) types;
  bool =
    default:
    lib.mkOption {
      type = types.bool;
      inherit default;
    };
in
{
  options = {
    assertions = lib.mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
    };
    warnings = lib.mkOption {
      type = types.listOf types.str;
      default = [ ];
    };

    environment.systemPackages = lib.mkOption {
      type = types.listOf types.package;
      default = [ ];
    };

    nixpkgs = {
      hostPlatform = lib.mkOption { type = types.either types.str types.attrs; };
      overlays = lib.mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
      };
    };

    system = {
      # NixOS takes its own release where nothing is said, and warns.
      stateVersion = lib.mkOption {
        type = types.str;
        default = release;
      };
      configurationRevision = lib.mkOption {
        type = types.nullOr types.str;
        default = null;
      };
      preSwitchChecks = lib.mkOption {
        type = types.attrsOf types.str;
        default = { };
      };
      activationScripts = lib.mkOption {
        type = types.attrsOf types.unspecified;
        default = { };
      };
      build = lib.mkOption {
        type = types.lazyAttrsOf types.unspecified;
        default = { };
      };
    };

    # Of the machines in tests only.
    virtualisation.memorySize = lib.mkOption {
      type = types.ints.positive;
      default = 1024;
    };

    boot.loader.efi = {
      canTouchEfiVariables = bool false;
      efiSysMountPoint = lib.mkOption {
        type = types.str;
        default = "/boot";
      };
    };
    boot.loader.systemd-boot = {
      enable = bool false;
      configurationLimit = lib.mkOption {
        type = types.nullOr types.int;
        default = null;
      };
    };
    boot.loader.grub = {
      enable = bool true;
      efiSupport = bool false;
      efiInstallAsRemovable = bool false;
      device = lib.mkOption {
        type = types.str;
        default = "";
      };
      devices = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      configurationLimit = lib.mkOption {
        type = types.int;
        default = 100;
      };
    };

    fileSystems = lib.mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            device = lib.mkOption {
              type = types.nullOr types.nonEmptyStr;
              default = null;
            };
            fsType = lib.mkOption {
              type = types.nonEmptyStr;
              default = "auto";
            };
          };
        }
      );
    };

    swapDevices = lib.mkOption {
      default = [ ];
      type = types.listOf (
        types.submodule {
          options = {
            device = lib.mkOption { type = types.nonEmptyStr; };
            size = lib.mkOption {
              type = types.nullOr types.int;
              default = null;
            };
          };
        }
      );
    };

    networking = {
      hostName = lib.mkOption {
        type = types.str;
        default = "nixos";
      };
      useDHCP = bool true;
      useNetworkd = bool false;
      interfaces =
        let
          addresses = lib.mkOption {
            default = [ ];
            type = types.listOf (
              types.submodule {
                options = {
                  address = lib.mkOption { type = types.str; };
                  prefixLength = lib.mkOption { type = types.int; };
                };
              }
            );
          };
        in
        lib.mkOption {
          default = { };
          type = types.attrsOf (
            types.submodule {
              options = {
                useDHCP = lib.mkOption {
                  type = types.nullOr types.bool;
                  default = null;
                };
                ipv4 = { inherit addresses; };
                ipv6 = { inherit addresses; };
              };
            }
          );
        };
      hosts = lib.mkOption {
        type = types.attrsOf (types.listOf types.str);
        default = { };
      };
      firewall = {
        enable = bool true;
        allowedTCPPorts = lib.mkOption {
          type = types.listOf types.port;
          default = [ ];
        };
      };
    };

    nix = {
      package = lib.mkOption {
        type = types.package;
        default = pkgs.nix;
      };
      # Freeform upstream as well.
      settings = lib.mkOption {
        type = types.submodule {
          freeformType = types.attrsOf (
            types.oneOf [
              types.bool
              types.int
              types.str
              (types.listOf types.str)
            ]
          );
        };
        default = { };
      };
      gc = {
        automatic = bool false;
        dates = lib.mkOption {
          type = types.singleLineStr;
          default = "03:15";
        };
        options = lib.mkOption {
          type = types.singleLineStr;
          default = "";
        };
      };
    };
  };

  # What collects garbage, in short.
  config.systemd.services.nix-gc = {
    description = "Nix Garbage Collector";
    script = "exec ${config.nix.package}/bin/nix-collect-garbage ${config.nix.gc.options}";
    serviceConfig.Type = "oneshot";
    startAt = lib.optional config.nix.gc.automatic config.nix.gc.dates;
  };
}
