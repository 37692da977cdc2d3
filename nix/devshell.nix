# Everything that `make test`, `make lint` and a deploy call.
{
  mkShell,
  age,
  gcc,
  gnumake,
  go_1_26,
  jq,
  nixfmt,
  nodejs,
  openssh,
  postgresql_15,
  python3,
  rsync,
  shellcheck,
  sops,
  ssh-to-age,
}:
mkShell {
  packages = [
    age
    gcc
    gnumake
    go_1_26
    jq
    nixfmt
    nodejs
    openssh
    postgresql_15
    python3
    rsync
    shellcheck
    sops
    ssh-to-age
  ];
  # The compiler of this shell, not one that go.mod would have downloaded.
  GOTOOLCHAIN = "local";
}
