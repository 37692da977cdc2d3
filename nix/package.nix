# Builds one program of the Go module. All programs share the sources, the vendor
# hash and the tag `goolm`, which takes end-to-bridge encryption from pure Go, so
# that no insecure libolm has to be permitted.
{
  lib,
  buildGo126Module,

  # The program's folder under bridge/cmd.
  program,
  description,
  # Whether to run the module's unit tests. A host that builds itself does not; the
  # flake's checks do.
  withTests ? false,
}:

buildGo126Module {
  pname = program;
  version = "0.1.0";

  src = import ./source.nix;
  vendorHash = import ./vendor-hash.nix;

  subPackages = [ "bridge/cmd/${program}" ];
  tags = [ "goolm" ];
  ldflags = [
    "-s"
    "-w"
  ];
  # The SQLite driver is C.
  env.CGO_ENABLED = "1";

  doCheck = withTests;
  # Only packages whose tests need no server: the sandbox has neither PostgreSQL
  # nor a homeserver, and `make test` runs the others.
  checkPhase = ''
    runHook preCheck
    bash ${./unit-tests.sh}
    runHook postCheck
  '';

  meta = {
    inherit description;
    license = lib.licenses.mit;
    mainProgram = program;
    platforms = lib.platforms.linux;
  };
}
