# nginx and its certificates. What is shown under which name is in a file for each
# name; what is not listed there does not exist for the world.
{ config, lib, ... }:
let
  cfg = config.ops.web;
in
{
  imports = [
    ./forge.nix
    ./matrix.nix
    ./unknown.nix
  ];

  options.ops.web = {
    enable = lib.mkEnableOption "nginx in front of everything";

    acmeEmail = lib.mkOption {
      type = lib.types.strMatching "[^@ ]+@[^@ ]+";
      example = "admin@example.org";
      description = ''
        Where Let's Encrypt writes to. It is needed when the host is evaluated, so it
        cannot come from the encrypted secrets.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = [
      80
      443
    ];

    security.acme = {
      acceptTerms = true;
      defaults.email = cfg.acmeEmail;
    };

    # The order of a certificate ends with 10 or 11 where it fails: before the names lead
    # here, when Let's Encrypt is down. What is there is used meanwhile, the order is
    # repeated every day, and ops-doctor says how long the certificate is still good. As a
    # failed unit it would make every switch of the host a failed one.
    systemd.services = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "acme-order-renew-${name}" {
        serviceConfig.SuccessExitStatus = [
          10
          11
        ];
      }
    ) config.security.acme.certs;

    services.nginx = {
      enable = true;
      recommendedProxySettings = true;
      recommendedTlsSettings = true;
      recommendedOptimisation = true;
      recommendedGzipSettings = true;
    };
  };
}
