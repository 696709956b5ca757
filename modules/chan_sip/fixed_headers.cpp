#include "fixed_headers.h"

#include "capabilities.h"

namespace tandem {

FixedHeaders::FixedHeaders(const std::string& udp, const std::string& tcp, const std::string& second_udp, const std::string& second_tcp) {
  su_home_init(home_);
  udp_ = sip_contact_make(home_, ("<" + udp + ">").c_str());
  tcp_ = sip_contact_make(home_, ("<" + tcp + ">").c_str());
  if (!second_udp.empty()) {
    second_udp_ = sip_contact_make(home_, ("<" + second_udp + ">").c_str());
    second_tcp_ = sip_contact_make(home_, ("<" + second_tcp + ">").c_str());
  }
  allow_ = sip_allow_make(home_, kAllow);
  sdp_ = sip_content_type_make(home_, kSdpType);
}

FixedHeaders::~FixedHeaders() { su_home_deinit(home_); }

}  // namespace tandem
