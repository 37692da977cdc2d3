# The mission's host after a change that the registration is made of: the stack
# test switches from the one to the other.
{
  host = true;
  modules = [ { services.slack-bridge.appservice.senderLocalpart = "renamedbot"; } ];
}
