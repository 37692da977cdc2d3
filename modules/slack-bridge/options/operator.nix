# Where the bridge answers what watches over it.
{ lib, ... }:
{
  options.services.slack-bridge.operator.port = lib.mkOption {
    type = lib.types.port;
    default = 29320;
    description = ''
      The port of 127.0.0.1 on which the bridge answers `/healthz`, `/readyz` and
      `/metrics`, and shows how it is as a page. It asks for no token, so nothing
      leads to it from outside: `ssh -L 29320:127.0.0.1:29320` shows the page.
    '';
  };
}
