# What our modules say to NixOS, as data: the part of an evaluation that is
# recorded and compared. Whatever is as NixOS has it is left out.
{ lib, config }:
let
  isEmpty = value: value == null || value == [ ] || value == { };

  # Packages become their paths, attributes without content disappear.
  plain =
    value:
    if lib.isDerivation value || value ? outPath then
      "${value}"
    else if builtins.isAttrs value then
      lib.filterAttrs (_: v: !isEmpty v) (lib.mapAttrs (_: plain) (removeAttrs value [ "_module" ]))
    else if builtins.isList value then
      map plain value
    else if builtins.isPath value then
      toString value
    else
      value;

  inherit (config) services;
  enabled = service: lib.optionalAttrs service.enable;
in
plain {
  refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
  inherit (config) warnings;

  systemd = {
    services = lib.mapAttrs (
      _: service:
      removeAttrs service (
        lib.optional (service.script == "") "script"
        ++ lib.optional service.restartIfChanged "restartIfChanged"
      )
    ) config.systemd.services;
    tmpfiles = config.systemd.tmpfiles.settings;
  };
  system = { inherit (config.system) preSwitchChecks; };

  users = {
    inherit (config.users) users;
    groups = lib.attrNames config.users.groups;
  };

  services = {
    nginx = enabled services.nginx services.nginx;
    openssh = enabled services.openssh {
      inherit (services.openssh)
        authorizedKeysInHomedir
        authorizedKeysFiles
        extraConfig
        settings
        ;
    };
    postgresql = enabled services.postgresql {
      inherit (services.postgresql)
        package
        settings
        initdbArgs
        ensureDatabases
        ensureUsers
        ;
    };
    postgresqlBackup = enabled services.postgresqlBackup services.postgresqlBackup;
    forgejo = enabled services.forgejo { inherit (services.forgejo) database settings; };
    prometheus = enabled services.prometheus services.prometheus;
    grafana = enabled services.grafana services.grafana;
    continuwuity = enabled services.matrix-continuwuity {
      inherit (services.matrix-continuwuity) settings;
    };
    slack-bridge = enabled services.slack-bridge {
      inherit (services.slack-bridge) settings;
      inherit (services.slack-bridge.internal) registrationSettings;
    };
  };

  security = { inherit (config.security) acme; };
  inherit (config)
    boot
    fileSystems
    networking
    nix
    swapDevices
    ;
  environment.systemPackages = map (package: "${package}") config.environment.systemPackages;

  # What sops-nix writes for its installer. Of the file only the name counts, so
  # that a changed value makes no new record.
  deploy = lib.optionalAttrs (config ? ops) {
    expects = lib.splitString "\n" config.ops.deploy.expects;
  };

  sops = lib.optionalAttrs (config ? sops && config.sops.secrets != { }) (
    let
      manifest = builtins.fromJSON (
        builtins.unsafeDiscardStringContext config.system.build.sops-nix-manifest.text
      );
    in
    {
      inherit (config.sops) useSystemdActivation;
      manifest = manifest // {
        secrets = map (secret: removeAttrs secret [ "sopsFileHash" ]) manifest.secrets;
      };
    }
  );
}
