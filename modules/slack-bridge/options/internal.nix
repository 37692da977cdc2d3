# What the module's own files tell each other, and what tests read.
{ lib, pkgs, ... }:
let
  internal =
    type: description:
    lib.mkOption {
      inherit type description;
      internal = true;
    };
  json = (pkgs.formats.json { }).type;
in
{
  options.services.slack-bridge.internal = {
    registrationSettings = internal json "The configuration without database and logins, from which the registration is rendered.";
    registrationInputs = internal json "What the registration is made of: when it changes, registration, homeserver and bridge restart.";
    files = internal (lib.types.attrsOf lib.types.path) "The files given to `slack-bridge config render`, each checked by the program at build time.";
    secrets = internal (lib.types.attrsOf (lib.types.listOf lib.types.str)) "For each unit the arguments KEY=FILE that name its secrets.";
    credentials = internal (lib.types.attrsOf (lib.types.listOf lib.types.str)) "For each unit its LoadCredential lines.";
  };
}
