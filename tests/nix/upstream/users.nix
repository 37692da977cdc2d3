# users.* of NixOS.
# Read from: nixos/modules/config/users-groups.nix, and for the keys
# nixos/modules/services/networking/ssh/sshd.nix.
{ lib, ... }:
let
  inherit (lib) types;
in
{
  options.users = {
    users = lib.mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            isSystemUser = lib.mkOption {
              type = types.bool;
              default = false;
            };
            group = lib.mkOption {
              type = types.str;
              default = "";
            };
            home = lib.mkOption {
              type = types.path;
              default = "/var/empty";
            };
            description = lib.mkOption {
              type = types.singleLineStr;
              default = "";
            };
            openssh.authorizedKeys.keys = lib.mkOption {
              type = types.listOf types.singleLineStr;
              default = [ ];
            };
          };
        }
      );
    };
    groups = lib.mkOption {
      default = { };
      type = types.attrsOf (types.submodule { });
    };
  };
}
