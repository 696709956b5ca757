#include "fixed_headers.h"

#include "capabilities.h"

namespace tandem {

FixedHeaders::FixedHeaders(const std::string& udp, const std::string& tcp) {
  su_home_init(home_);
  udp_ = sip_contact_make(home_, ("<" + udp + ">").c_str());
  tcp_ = sip_contact_make(home_, ("<" + tcp + ">").c_str());
  allow_ = sip_allow_make(home_, kAllow);
  sdp_ = sip_content_type_make(home_, kSdpType);
}

void FixedHeaders::add_door(const std::string& name, const std::string& uri, const std::string& sips_uri) {
  doors_[name] = {sip_contact_make(home_, ("<" + uri + ">").c_str()), sip_contact_make(home_, ("<" + sips_uri + ">").c_str())};
}

const sip_contact_t* FixedHeaders::contact(const std::string& door, bool sips) const {
  const auto it = doors_.find(door);
  if (it == doors_.end()) return nullptr;
  return sips ? it->second.sips : it->second.sip;
}

FixedHeaders::~FixedHeaders() { su_home_deinit(home_); }

}  // namespace tandem
