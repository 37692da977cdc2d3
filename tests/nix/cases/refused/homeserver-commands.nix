# Commands that would replace the registration.
{
  host = true;
  message = "admin_execute would replace";
  modules = [
    { services.matrix-continuwuity.settings.global.admin_execute = [ "server uptime" ]; }
  ];
}
