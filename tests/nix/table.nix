# What an owner may choose, each alone and every two together, on the host of the tests: a
# host comes of it, or lines that say why not and what to do.
{
  lib,
  # evaluate RELEASE MODULES: the view of a host.
  evaluate,
}:
let
  inherit (lib) mkForce;

  off = names: {
    ops = lib.genAttrs names (_: {
      enable = mkForce false;
    });
  };

  choices = {
    another-domain.ops = {
      homeserver.serverName = mkForce "example.net";
      forge.domain = mkForce "git.example.net";
      web.acmeEmail = mkForce "ann@example.net";
    };
    another-owner.ops.bridge.owner = "@ann:clarun.xyz";
    another-admin.ops.homeserver.admin = mkForce "ann";
    another-workspace.ops.bridge.workspace = mkForce "acme";
    host-elsewhere.ops.homeserver.host = "matrix.clarun.xyz";
    arm.nixpkgs.hostPlatform = mkForce "aarch64-linux";
    efi-grub.boot.loader.grub = {
      efiSupport = true;
      efiInstallAsRemovable = true;
      devices = mkForce [ "nodev" ];
    };
    efi-systemd-boot.boot.loader = {
      systemd-boot.enable = true;
      grub.enable = mkForce false;
    };
    encryption.services.slack-bridge.encryption.enable = true;
    sqlite.services.slack-bridge.database.type = "sqlite3-fk-wal";
    synapse = {
      ops = {
        homeserver.enable = mkForce false;
        onboarding.enable = mkForce false;
        bridge.enable = mkForce false;
      };
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "clarun.xyz";
        slack = {
          owner = mkForce "@admin:clarun.xyz";
          botTokenFile = "/run/secrets/slack-bot-token";
          appTokenFile = "/run/secrets/slack-app-token";
        };
      };
    };
    monitoring.ops.monitoring.enable = true;
    nixos-2611 = { };
  }
  // lib.mapAttrs' (name: module: lib.nameValuePair "${name}-off" module) (
    lib.genAttrs [
      "backup"
      "base"
      "bridge"
      "database"
      "forge"
      "homeserver"
      "onboarding"
      "secrets"
      "web"
    ] (name: off [ name ])
  );

  names = lib.attrNames choices;
  result =
    chosen:
    let
      release = if lib.elem "nixos-2611" chosen then "26.11" else "26.05";
      view = evaluate release (map (name: choices.${name}) chosen);
      # The whole of it, so that no part is an error.
      tried = builtins.tryEval (builtins.deepSeq view view);
    in
    if !tried.success then
      [ "an error, and no line with a cure" ]
    else if tried.value ? refused then
      tried.value.refused
    else if lacks chosen view != [ ] then
      map (what: "a host without ${what}") (lacks chosen view)
    else
      [ "a host" ];

  # What every host has that evaluates, whatever was chosen.
  lacks =
    chosen: view:
    let
      inherit (view) services;
      databases = services.postgresql.ensureDatabases or [ ];
    in
    # A deployment starts the unit, whether it runs every night or not.
    lib.optional (
      lib.hasPrefix "sqlite" (services.slack-bridge.settings.database.type or "")
      && !view.systemd.services ? ops-backup-bridge
    ) "ops-backup-bridge"
    # Whichever service has brought PostgreSQL.
    ++ lib.optional (
      !lib.elem "backup-off" chosen && (services.postgresqlBackup.databases or [ ]) != databases
    ) "a dump of each database"
    ++ lib.optional (
      services ? postgresql && services.postgresql.settings.listen_addresses or null != ""
    ) "a PostgreSQL that is closed to the network";

  pairs = lib.concatMap (
    one:
    map (other: [
      one
      other
    ]) (lib.filter (other: other > one) names)
  ) names;
in
lib.listToAttrs (
  map (chosen: lib.nameValuePair (lib.concatStringsSep " + " chosen) (result chosen)) (
    map lib.singleton names ++ pairs
  )
)
