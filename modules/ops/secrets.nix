# Decrypts secrets/secrets.yaml with the host's SSH key when the host starts and
# when it is switched, and finds a missing or plain-text secret when the host is
# evaluated: the names in the file are in clear.
{ config, lib, ... }:
let
  cfg = config.ops.secrets;

  lines = lib.splitString "\n" (builtins.readFile cfg.file);
  # Top-level keys and their values; what sops keeps about the file is one of them.
  pairs = lib.filter (match: match != null) (map (builtins.match "([A-Za-z0-9_.-]+): ?(.*)") lines);
  values = lib.removeAttrs (lib.listToAttrs (
    map (pair: lib.nameValuePair (lib.head pair) (lib.last pair)) pairs
  )) [ "sops" ];

  plain = lib.attrNames (lib.filterAttrs (_name: value: !lib.hasPrefix "ENC[" value) values);
  wanted = lib.mapAttrs (_name: secret: secret.key) config.sops.secrets;
in
{
  options.ops.secrets = {
    enable = lib.mkEnableOption "secrets from a file encrypted with sops";

    file = lib.mkOption {
      type = lib.types.path;
      description = "The encrypted file.";
    };
  };

  config = lib.mkIf cfg.enable {
    sops = {
      defaultSopsFile = cfg.file;
      # Restarts asked for by activation scripts are deprecated in NixOS 26.05.
      useSystemdActivation = true;
      # The RSA key would be imported into GnuPG, which nothing here uses.
      gnupg.sshKeyPaths = [ ];
    };

    assertions =
      lib.mapAttrsToList (name: key: {
        assertion = values ? ${key};
        message = "sops.secrets.${name}: ${baseNameOf cfg.file} has no key `${key}`; it has ${lib.concatStringsSep ", " (lib.attrNames values)}. Add it with `sops secrets/secrets.yaml`, or correct the name.";
      }) wanted
      ++ [
        {
          assertion = plain == [ ];
          message = "${baseNameOf cfg.file}: not encrypted: ${lib.concatStringsSep ", " plain}. Treat the values as known to others, change them, and write them with `sops secrets/secrets.yaml`.";
        }
      ];
  };
}
