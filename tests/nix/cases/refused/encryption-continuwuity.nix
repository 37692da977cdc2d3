# Keys that continuwuity does not send.
{
  host = true;
  message = "continuwuity sends no keys with its transactions";
  modules = [
    {
      services.slack-bridge.encryption = {
        enable = true;
        appservice = true;
      };
    }
  ];
}
