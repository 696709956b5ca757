// FixedHeaders: what goes into most of our messages and never changes, parsed once instead of for each message. Switch thread.
#pragma once

#include <string>

#include "sofia.h"

namespace tandem {

class FixedHeaders {
 public:
  /// URIs without brackets, where far ends reach us over a datagram and over a connection; those of the other family as well, or empty.
  FixedHeaders(const std::string& udp, const std::string& tcp, const std::string& second_udp = {}, const std::string& second_tcp = {});
  ~FixedHeaders();
  FixedHeaders(const FixedHeaders&) = delete;
  FixedHeaders& operator=(const FixedHeaders&) = delete;

  /// `second`: for a far end of the family that is served second.
  const sip_contact_t* contact(bool tcp, bool second = false) const {
    if (second && second_udp_ != nullptr) return tcp ? second_tcp_ : second_udp_;
    return tcp ? tcp_ : udp_;
  }
  const sip_allow_t* allow() const { return allow_; }
  const sip_content_type_t* sdp() const { return sdp_; }

 private:
  su_home_t home_[1] = {};
  sip_contact_t* udp_;
  sip_contact_t* tcp_;
  sip_contact_t *second_udp_ = nullptr, *second_tcp_ = nullptr;
  sip_allow_t* allow_;
  sip_content_type_t* sdp_;
};

}  // namespace tandem
