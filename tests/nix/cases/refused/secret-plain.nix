# A secrets file that is not encrypted.
{ lib }:
{
  host = true;
  message = "plain.yaml: not encrypted: matrix-registration-token, acme-email, slack-bot-token, slack-app-token. Treat";
  modules = [
    { ops.secrets.file = lib.mkOverride 40 ../plain.yaml; }
  ];
}
