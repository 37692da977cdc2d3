# How each unit gets its secrets: files of the operator's as credentials, which
# systemd reads as root, the others from the state directory, where the
# registration unit makes them once.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  table = lib.importJSON ../secret-keys.json;

  credentialName = key: lib.replaceStrings [ "." ] [ "-" ] key;

  # Every secret key that has a value: its file at run time, and the credential
  # that brings it there if it is the operator's.
  fromTable = lib.concatMap (
    row:
    let
      given = lib.getAttrFromPath (lib.splitString "." row.option) cfg;
    in
    if given != null then
      [
        {
          inherit (row) key registration;
          file = "%d/${credentialName row.key}";
          credential = "${credentialName row.key}:${given}";
        }
      ]
    else if row.generated then
      [
        {
          inherit (row) key registration;
          file = "/var/lib/slack-bridge/secrets/${row.key}";
          credential = null;
        }
      ]
    else
      [ ]
  ) table;

  fromDoublePuppet = lib.mapAttrsToList (server: given: {
    key = "double_puppet.secrets.${server}";
    registration = false;
    file = "%d/double-puppet-${server}";
    credential = "double-puppet-${server}:${given}";
  }) cfg.doublePuppet.secretFiles;

  all = fromTable ++ fromDoublePuppet;
  forRegistration = lib.filter (secret: secret.registration) all;

  arguments = map (secret: "${secret.key}=${secret.file}");
  credentials = secrets: lib.filter (line: line != null) (map (secret: secret.credential) secrets);
in
{
  config = lib.mkIf cfg.enable {
    services.slack-bridge.internal = {
      secrets = {
        registration = arguments forRegistration;
        bridge = arguments all;
      };
      credentials = {
        registration = credentials forRegistration;
        bridge =
          credentials all
          ++ lib.optional (cfg.slack.botTokenFile != null) "slack-bot-token:${cfg.slack.botTokenFile}"
          ++ lib.optional (cfg.slack.appTokenFile != null) "slack-app-token:${cfg.slack.appTokenFile}";
      };
    };
  };
}
