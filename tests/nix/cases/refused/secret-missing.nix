# A secret whose name is misspelt.
{
  host = true;
  message = "sops.secrets.slack-bot-tokne: secrets.yaml has no key `slack-bot-tokne`; it has acme-email, matrix-registration-token, slack-app-token, slack-bot-token";
  modules = [
    { sops.secrets.slack-bot-tokne = { }; }
  ];
}
