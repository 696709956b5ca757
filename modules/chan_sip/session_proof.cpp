// Passwords that a carrier wants for requests inside a dialog (RFC 3261 22.2, 22.3): re-INVITE, UPDATE, INFO, NOTIFY, and BYE.
#include <utility>

#include "session.h"
#include "status.h"

namespace tandem {

std::string Session::target_uri() const {
  const sip_route_t* route = nullptr;
  const sip_contact_t* target = nullptr;
  nta_leg_get_route(leg_, &route, &target);
  if (target == nullptr) return {};
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const char* const text = url_as_string(home, target->m_url);
  std::string uri(text != nullptr ? text : "");
  su_home_deinit(home);
  return uri;
}

bool Session::proves(const sip_t* sip, int status, std::string_view method) {
  if (status < 300 && digest_) digest_->accepted();
  if ((status != 401 && status != 407) || sip == nullptr) return false;
  if (!digest_) {
    const TrunkSettings* const trunk = host_.settings().trunk(endpoint_);
    if (trunk == nullptr || trunk->user.empty()) return false;
    digest_ = std::make_unique<DigestClient>(trunk->user, trunk->password);
  }
  auto line = digest_->answer(sip, method, target_uri());
  if (!line) return false;
  proof_ = std::move(*line);
  return true;
}

std::string Session::proof(std::string_view method) {
  if (!proof_.empty()) return std::exchange(proof_, {});
  return digest_ ? digest_->again(method, target_uri()).value_or("") : std::string();
}

void Session::send_bye() {
  const TrunkSettings* const trunk = host_.settings().trunk(endpoint_);
  const bool may_be_asked = trunk != nullptr && !trunk->user.empty();
  const std::string credentials = proof("BYE");
  nta_outgoing_t* const request = nta_outgoing_tcreate(
      leg_, may_be_asked ? on_bye_response : nullptr, may_be_asked ? this : nullptr, hop(), SIP_METHOD_BYE, nullptr,
      NTATAG_TPORT(transport()), SIPTAG_REASON_STR(bye_reason_.c_str()), SIPTAG_USER_AGENT_STR(host_.settings().user_agent.c_str()),
      TAG_IF(!credentials.empty(), SIPTAG_HEADER_STR(credentials.c_str())), TAG_END());
  if (may_be_asked) {
    bye_out_ = request;
  } else if (request != nullptr) {
    nta_outgoing_destroy(request);
  }
}

int Session::on_bye_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto* const session = static_cast<Session*>(self);
  nta_outgoing_destroy(std::exchange(session->bye_out_, nullptr));
  if (session->proves(sip, status, "BYE")) session->send_bye();
  session->maybe_finished();
  return 0;
}

}  // namespace tandem
