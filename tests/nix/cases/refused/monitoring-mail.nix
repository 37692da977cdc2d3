# A mail server's password without the secrets.
{ lib }:
{
  host = true;
  message = "needs the password `smtp-password` from the secrets";
  modules = [
    {
      ops = {
        bridge.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
        secrets.enable = lib.mkForce false;
        monitoring = {
          enable = true;
          mail = {
            to = "you@example.org";
            from = "host@example.org";
            server = "mail.example.org:587";
            username = "host";
          };
        };
      };
    }
  ];
}
