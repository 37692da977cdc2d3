# A continuwuity that knows no file of tokens.
{ lib }:
{
  host = true;
  message = "continuwuity 0.5.6 cannot read a registration token from a file";
  modules = [
    (
      { pkgs, ... }:
      {
        services.matrix-continuwuity.package = lib.mkForce (
          pkgs.matrix-continuwuity // { version = "0.5.6"; }
        );
      }
    )
  ];
}
