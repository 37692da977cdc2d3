# Decrypts secrets/secrets.yaml with the host's SSH key when the host starts and
# when it is switched, and finds a missing or plain-text secret when the host is
# evaluated: the names in the file are in clear.
{ config, lib, ... }:
let
  cfg = config.ops.secrets;

  inherit (import ./secrets-file.nix { inherit lib; } (builtins.readFile cfg.file)) values plain;
  names = lib.attrNames values;
  # A key that is empty stands for the whole file.
  wanted = lib.filterAttrs (_name: key: key != "") (
    lib.mapAttrs (_name: secret: secret.key) config.sops.secrets
  );
in
{
  options.ops.secrets = {
    enable = lib.mkEnableOption "secrets from a file encrypted with sops";

    file = lib.mkOption {
      type = lib.types.path;
      description = "The encrypted file.";
    };

    names = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      readOnly = true;
      internal = true;
      default = names;
      description = "The keys of the file.";
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
        message = "sops.secrets.${name}: ${baseNameOf cfg.file} has no key `${key}`; it has ${lib.concatStringsSep ", " names}. Add it with `sops secrets/secrets.yaml`, or correct the name.";
      }) wanted
      ++ [
        {
          assertion = plain == [ ];
          message = "${baseNameOf cfg.file}: not encrypted: ${lib.concatStringsSep ", " plain}. Treat the values as known to others, change them, and write them with `sops secrets/secrets.yaml`.";
        }
      ];
  };
}
