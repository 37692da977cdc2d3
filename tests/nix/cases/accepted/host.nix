# The mission's host as it is.
{
  host = true;
  modules = [ ];
}
