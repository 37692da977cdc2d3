# Refuses to begin a homeserver next to an older one that was not taken over: it would start
# empty, with a new signing key under the old name, and other servers would not trust it any
# more. A deployment looks for that before it builds; this is for every other way to switch
# the host, such as nixos-rebuild, and for the homeserver's own start.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  # The same list by which a deployment goes.
  older = ../../deploy/host/old-homeservers;
  script = pkgs.writeShellApplication {
    name = "ops-old-homeserver";
    runtimeInputs = [ pkgs.coreutils ];
    text = ''
      set -- ${older} "$@"
    ''
    + lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./old-homeserver.sh);
  };
in
{
  config = lib.mkIf config.ops.homeserver.enable {
    # Runs before anything is switched or made the system that boots.
    system.preSwitchChecks.ops-old-homeserver = "${lib.getExe script} switch";
    systemd.services.continuwuity.serviceConfig.ExecStartPre = [ "+${lib.getExe script} start" ];
  };
}
