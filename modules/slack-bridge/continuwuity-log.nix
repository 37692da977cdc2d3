# The parts of continuwuity that write the address of a request to the bridge into the log
# when the bridge cannot be reached, at the levels warn and error: the address has the
# hs_token in it (continuwuity: src/service/sending/appservice.rs, src/core/error/response.rs,
# src/api/server/invite.rs). That a request failed, with its path and code, is logged
# elsewhere (src/router/request.rs).
[
  "conduwuit_service::sending::appservice=off"
  "conduwuit_core::error::response=off"
  "conduwuit_api::server::invite=off"
]
