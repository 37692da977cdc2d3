# A virtual machine with the homeserver, PostgreSQL, nginx, the bridge and a Slack
# workspace of its own, in which a message crosses each way. It needs KVM, which the
# project's machines do not have, so it was not run yet.
{
  lib,
  pkgs,
  module,
}:
pkgs.testers.runNixOSTest {
  name = "ops-jrz1-message";

  nodes.machine =
    { config, ... }:
    let
      emulator = "/run/slack-emulator";
    in
    {
      imports = [ module ];

      virtualisation.memorySize = 2048;
      networking.hosts."127.0.0.1" = [ "example.test" ];
      environment.systemPackages = [ pkgs.curl ];

      ops = {
        database.enable = true;
        homeserver = {
          enable = true;
          serverName = "example.test";
        };
        web = {
          enable = true;
          acmeEmail = "admin@example.test";
        };
      };

      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.test";
        continuwuity = {
          enable = true;
          inherit (config.ops.homeserver) admin;
        };
        slack = {
          workspace = "acme";
          owner = "@admin:example.test";
          botTokenFile = "${emulator}/bot-token";
          appTokenFile = "${emulator}/app-token";
        };
        settings.network.slack_api_url = "http://127.0.0.1:9000/api/";
      };

      systemd.services = {
        slack-emulator = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            DynamicUser = true;
            RuntimeDirectory = "slack-emulator";
            ExecStart = "${lib.getExe pkgs.slack-emulator} --listen 127.0.0.1:9000 --ready-file ${emulator}/ready --tokens-file ${emulator}/tokens.json";
            ExecStartPost = lib.getExe (
              pkgs.writeShellApplication {
                name = "slack-emulator-tokens";
                runtimeInputs = [
                  pkgs.coreutils
                  pkgs.jq
                ];
                text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./tokens.sh);
              }
            );
          };
        };
        slack-bridge = {
          requires = [ "slack-emulator.service" ];
          after = [ "slack-emulator.service" ];
        };
      };
    };

  testScript = builtins.readFile ./test.py;
}
