# Refuses secrets in `settings`, which everybody on the host can read, and names
# the option that takes a file instead.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;

  rows = lib.importJSON ../secret-keys.json ++ [
    {
      key = "double_puppet.secrets";
      option = "doublePuppet.secretFiles";
    }
  ];
  # The address of a database is a secret only if it holds a password, which
  # database.nix looks for.
  refused = lib.filter (row: row.key != "database.uri") rows;
  given = key: lib.attrByPath (lib.splitString "." key) null cfg.settings;
in
{
  config = lib.mkIf cfg.enable {
    assertions = map (row: {
      assertion = given row.key == null;
      message = "services.slack-bridge.settings.${row.key} is a secret, and everybody can read the store: put it into a file and name that in services.slack-bridge.${row.option}.";
    }) refused;
  };
}
