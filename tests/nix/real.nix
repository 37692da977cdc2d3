# The host of the tests with real modules of NixOS in the place of stubs: nginx, ACME,
# PostgreSQL and sshd, from a tree that NIXOS_MODULES names. One that vendors them unchanged
# but for the service manager will do, such as the modules of the public repository
# nixos-bsd/nixbsd; nothing of it is committed here.
{
  lib,
  pkgs,
  sops,
  # The tree's modules folder.
  modules,
  # The host's own modules.
  host,
}:
let
  anything =
    default:
    lib.mkOption {
      type = lib.types.raw;
      inherit default;
    };
  # Programs that only these modules name; what writes a file keeps its text.
  realPkgs = pkgs // {
    nginxStable = pkgs.nginx or pkgs.bash // {
      pname = "nginx";
      version = "1.30.0";
      outPath = "/nix/store/nginx";
      passthru.tests = { };
      override = _: realPkgs.nginxStable;
    };
    nginxModules = { };
    mailcap = "/nix/store/mailcap";
    writers.writeNginxConfig = pkgs.writeText;
    writeTextDir = name: pkgs.writeText (baseNameOf name);
    writeShellScript = pkgs.writeText;
    runCommand = name: _: pkgs.writeText name;
    flock = pkgs.util-linux;
    sudo = pkgs.util-linux;
    buildPackages = realPkgs;
    formats = pkgs.formats // {
      keyValue = _: {
        type = lib.types.attrsOf lib.types.anything;
        generate = name: value: pkgs.writeText name (builtins.toJSON value);
      };
    };
  };

  # What these modules say to parts of NixOS that are not looked at here.
  glue = {
    options = {
      init = lib.mkOption {
        type = lib.types.submodule { freeformType = lib.types.attrsOf lib.types.anything; };
        default = { };
      };
      meta = anything { };
      systemd.tmpfiles.rules = lib.mkOption {
        type = lib.types.listOf lib.types.str;
        default = [ ];
      };
      freebsd = lib.mkOption {
        type = lib.types.submodule { freeformType = lib.types.attrsOf lib.types.anything; };
        default = { };
      };
      ids.uids = anything (lib.genAttrs [ "nginx" "postgres" "sshd" "acme" ] (_: 1));
      ids.gids = anything (lib.genAttrs [ "nginx" "postgres" "sshd" "acme" ] (_: 1));
      environment = {
        etc = lib.mkOption {
          type = lib.types.attrsOf lib.types.anything;
          default = { };
        };
        pathsToLink = lib.mkOption {
          type = lib.types.listOf lib.types.str;
          default = [ ];
        };
      };
      users = {
        users = lib.mkOption {
          type = lib.types.attrsOf (
            lib.types.submodule {
              options = lib.genAttrs [ "uid" "name" "useDefaultShell" "shell" ] (_: anything null);
            }
          );
        };
        groups = lib.mkOption {
          type = lib.types.attrsOf (
            lib.types.submodule {
              options = {
                gid = anything null;
                members = anything [ ];
              };
            }
          );
        };
      };
      networking.enableIPv6 = anything true;
      networking.fqdnOrHostName = anything "host";
      boot.isContainer = anything false;
      programs.ssh = anything {
        package = pkgs.openssh;
        setXAuthLocation = false;
      };
      system.checks = lib.mkOption {
        type = lib.types.listOf lib.types.anything;
        default = [ ];
      };
      security.pam = lib.mkOption {
        type = lib.types.submodule { freeformType = lib.types.attrsOf lib.types.anything; };
        default = { };
      };
      services = {
        fcron = lib.mkOption {
          type = lib.types.submodule { freeformType = lib.types.attrsOf lib.types.anything; };
          default = { };
        };
        xserver = anything { };
      };
    };
  };

  stubs =
    lib.filter
      (
        file:
        !lib.elem (baseNameOf file) [
          "acme.nix"
          "default.nix"
          "nginx.nix"
          "openssh.nix"
          "postgresql.nix"
        ]
      )
      (
        lib.filter (lib.hasSuffix ".nix") (
          map (name: ./upstream + "/${name}") (lib.attrNames (builtins.readDir ./upstream))
        )
      );

  evaluation = lib.evalModules {
    specialArgs = {
      modulesPath = toString ./upstream/nixos;
      release = "26.05";
      utils = { };
    };
    modules =
      stubs
      ++ [
        ./upstream/postgresql-backup.nix
        glue
        # The service manager of the tree is not looked at, but who runs nginx is.
        { systemd.services.nginx.serviceConfig.User = "nginx"; }
        { systemd.services.nginx.serviceConfig.Group = "nginx"; }
        { systemd.services.nginx-config-reload.serviceConfig.Type = "oneshot"; }
        sops
        {
          _module.args.pkgs = realPkgs;
          systemd.package = pkgs.systemd;
          sops.package = pkgs.sops-install-secrets;
        }
      ]
      ++ map (file: modules + "/${file}") [
        "security/acme/default.nix"
        "services/databases/postgresql.nix"
        "services/networking/ssh/sshd.nix"
        "services/web-servers/nginx/default.nix"
      ]
      ++ host;
  };
  inherit (evaluation) config;
in
{
  refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
  inherit (config) warnings;
  nginx = toString (lib.last config.init.services.nginx.startCommand);
  postgresql = {
    inherit (config.services.postgresql) settings initdbArgs ensureDatabases;
  };
  sshd = config.services.openssh.extraConfig;
}
