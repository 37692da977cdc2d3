# Refuses names of this host where an address belongs. Such a name stands for two
# addresses; a program that resolves it may take the one on which nothing listens.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;

  leaves =
    path: value:
    if builtins.isAttrs value then
      lib.concatLists (lib.mapAttrsToList (name: leaves (path ++ [ name ])) value)
    else if builtins.isList value then
      lib.concatLists (lib.imap0 (i: leaves (path ++ [ (toString i) ])) value)
    else
      [ { inherit path value; } ];

  namesThisHost =
    { path, value }:
    builtins.isString value
    && (
      builtins.match ".*(://|@)([^/@?]*[.])?localhost([:/?].*)?" value != null
      || builtins.match ".*[?&]host=localhost(&.*)?" value != null
      || lib.last path == "hostname" && lib.hasSuffix "localhost" value
    );

  found = lib.filter namesThisHost (leaves [ ] cfg.settings);
in
{
  config = lib.mkIf cfg.enable {
    assertions = map (
      { path, value }:
      {
        assertion = false;
        message = "services.slack-bridge: ${lib.concatStringsSep "." path} is `${value}`; write the address as an IP, such as 127.0.0.1: `localhost` may be resolved to ::1, where nothing listens.";
      }
    ) found;
  };
}
