# services.matrix-continuwuity of NixOS, and the parts of its unit that ours meet.
# Read from: nixos/modules/services/matrix/continuwuity.nix
{
  config,
  lib,
  pkgs,
  release,
  ...
}:
let
  inherit (lib) types;
  cfg = config.services.matrix-continuwuity;

  tomlValue = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    (types.attrsOf tomlValue)
    (types.listOf tomlValue)
  ];

  option = type: default: lib.mkOption { inherit type default; };
  required =
    type:
    lib.mkOption ({ inherit type; } // lib.optionalAttrs (release == "26.05") { default = null; });
in
{
  options.services.matrix-continuwuity = {
    enable = option types.bool false;
    user = option types.nonEmptyStr "continuwuity";
    group = option types.nonEmptyStr "continuwuity";
    extraEnvironment = option (types.attrsOf types.str) { };
    package = option types.package pkgs.matrix-continuwuity;
    admin.enable = option types.bool cfg.enable;
    settings = lib.mkOption {
      default = { };
      apply = lib.filterAttrsRecursive (_: value: value != null);
      type = types.submodule {
        freeformType = types.attrsOf (types.attrsOf tomlValue);
        options.global = {
          server_name = lib.mkOption { type = types.nonEmptyStr; };
          # Two options that have lost their default.
          address = required (types.nullOr (types.listOf types.nonEmptyStr));
          port = option (types.listOf types.port) [ 6167 ];
          unix_socket_path = required (types.nullOr types.path);
          unix_socket_perms = option types.ints.positive 660;
          max_request_size = option types.ints.positive 20000000;
          allow_registration = option types.bool false;
          allow_encryption = option types.bool true;
          allow_federation = option types.bool true;
          trusted_servers = option (types.listOf types.nonEmptyStr) [ "matrix.org" ];
          database_path = lib.mkOption {
            type = types.path;
            readOnly = true;
            default = "/var/lib/continuwuity/";
          };
          allow_announcements_check = option types.bool true;
        };
      };
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = lib.mkIf cfg.admin.enable [
      (pkgs.writeShellApplication {
        name = "conduwuit";
        text = ''exec ${lib.getExe cfg.package} "$@"'';
      })
    ];
    assertions = [
      {
        assertion = !(cfg.settings ? global.unix_socket_path) || !(cfg.settings ? global.address);
        message = "In `services.continuwuity.settings.global`, `unix_socket_path` and `address` cannot be set at the same time.";
      }
    ];
    users.users = lib.mkIf (cfg.user == "continuwuity") {
      continuwuity = {
        inherit (cfg) group;
        home = cfg.settings.global.database_path;
        isSystemUser = true;
      };
    };
    users.groups = lib.mkIf (cfg.group == "continuwuity") { continuwuity = { }; };

    systemd.services.continuwuity = {
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      description = "Continuwuity Matrix Server";
      environment = lib.mkMerge [
        { CONTINUWUITY_CONFIG = pkgs.writeText "continuwuity.toml" (builtins.toJSON cfg.settings); }
        cfg.extraEnvironment
      ];
      startLimitBurst = 5;
      startLimitIntervalSec = 60;
      serviceConfig = {
        DynamicUser = true;
        User = cfg.user;
        Group = cfg.group;
        StateDirectory = "continuwuity";
        StateDirectoryMode = "0700";
        RuntimeDirectory = "continuwuity";
        ExecStart = lib.getExe cfg.package;
        Restart = "on-failure";
        RestartSec = 10;
        TimeoutStartSec = "10m";
        Type = "notify";
      };
    };
  };
}
