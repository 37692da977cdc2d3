# An administrator of a homeserver that is not there.
{
  message = "services.continuwuity-admin creates an administrator of a continuwuity on this host, and there is none";
  modules = [
    {
      services.continuwuity-admin = {
        enable = true;
        name = "admin";
        serverName = "example.org";
      };
    }
  ];
}
