# `ops-doctor`: asks every hop of this host how it is, with the host's own units, names
# and addresses. A deployment goes by what it says.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  bridge = config.services.slack-bridge;
  inherit (config.ops)
    forge
    homeserver
    secrets
    web
    ;

  units = [
    "slack-bridge-registration.service"
    "slack-bridge.service"
  ]
  ++ lib.optional secrets.enable "sops-install-secrets.service"
  ++ lib.optional homeserver.enable "continuwuity.service"
  ++ lib.optional config.services.continuwuity-admin.enable "continuwuity-admin.service"
  ++ lib.optional config.services.postgresql.enable "postgresql.service"
  ++ lib.optional web.enable "nginx.service"
  ++ lib.optional forge.enable "forgejo.service";

  names = lib.optional homeserver.enable homeserver.host ++ lib.optional forge.enable forge.domain;

  arguments = [
    "--config"
    "/var/lib/slack-bridge/config.yaml"
  ]
  ++ lib.concatMap (unit: [
    "--unit"
    unit
  ]) units
  # By address: it answers before the name leads here.
  ++ lib.optionals web.enable (
    [
      "--proxy"
      "https://127.0.0.1"
    ]
    ++ lib.concatMap (name: [
      "--public"
      name
    ]) names
  );

  script = pkgs.writeShellApplication {
    name = "ops-doctor";
    runtimeInputs = [
      bridge.package
      config.systemd.package
      pkgs.util-linux
    ];
    text = ''
      set -- ${lib.escapeShellArgs ([ bridge.user ] ++ arguments)} "$@"
    ''
    + lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./doctor.sh);
  };
in
{
  config = lib.mkIf bridge.enable {
    environment.systemPackages = [ script ];
  };
}
