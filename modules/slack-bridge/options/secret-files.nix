# One option for each key of the configuration that is secret. The table says
# which keys these are; the bridge's own tests hold it against the program.
{ lib, ... }:
let
  table = lib.importJSON ../secret-keys.json;

  secretFile =
    { key, generated, ... }:
    lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/slack-bridge-${lib.last (lib.splitString "." key)}";
      description = ''
        A file that holds `${key}` and nothing else; root may be the only one who can
        read it.${lib.optionalString generated " Without one, a random value is made once and kept in the state directory."}
      '';
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "slack-bridge" "publicMedia" "signingKeyFile" ]
      [ "services" "slack-bridge" "faces" "signingKeyFile" ]
    )
  ];

  options.services.slack-bridge = lib.foldl' lib.recursiveUpdate {
    doublePuppet.secretFiles = lib.mkOption {
      type = lib.types.attrsOf lib.types.externalPath;
      default = { };
      example."example.org" = "/run/secrets/slack-bridge-double-puppet";
      description = ''
        Files that hold the secret for double puppeting, by server name
        (`double_puppet.secrets`).
      '';
    };
  } (map (row: lib.setAttrByPath (lib.splitString "." row.option) (secretFile row)) table);
}
