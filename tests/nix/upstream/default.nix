# Every option of NixOS that our modules set, with its name, type and default and
# nothing of what NixOS does with it. An option that is not declared here is an
# error, as a misspelt one would be on a real host. Freeform only where NixOS is.
{
  imports = [
    ./acme.nix
    ./continuwuity.nix
    ./forgejo.nix
    ./grafana.nix
    ./nginx.nix
    ./openssh.nix
    ./postgresql-backup.nix
    ./postgresql.nix
    ./prometheus.nix
    ./restic.nix
    ./system.nix
    ./systemd.nix
    ./users.nix
  ];
}
