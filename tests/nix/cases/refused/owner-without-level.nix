# A login whose owner may do nothing.
{
  host = true;
  message = "does not let the owner of the login log in, @admin:clarun.xyz";
  modules = [ { services.slack-bridge.bridge.permissions."@you:clarun.xyz" = "admin"; } ];
}
