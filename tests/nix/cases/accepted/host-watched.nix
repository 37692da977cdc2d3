# The host with alerts by chat alone, as ops-jrz1 has them. The stack test runs it.
{
  host = true;
  modules = [ { ops.monitoring.enable = true; } ];
}
