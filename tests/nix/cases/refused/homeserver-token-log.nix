# A log in which the hs_token would stand.
{ lib }:
{
  host = true;
  message = "where the bridge cannot be reached its hs_token is logged";
  modules = [
    { services.matrix-continuwuity.settings.global.log = "warn"; }
  ];
}
