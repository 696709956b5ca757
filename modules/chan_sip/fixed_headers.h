// FixedHeaders: what goes into most of our messages and never changes, parsed once instead of for each message. Switch thread.
#pragma once

#include <map>
#include <string>

#include "sofia.h"

namespace tandem {

class FixedHeaders {
 public:
  /// URIs without brackets: where far ends reach us over a datagram, and over a connection.
  FixedHeaders(const std::string& udp, const std::string& tcp);
  ~FixedHeaders();
  FixedHeaders(const FixedHeaders&) = delete;
  FixedHeaders& operator=(const FixedHeaders&) = delete;

  const sip_contact_t* contact(bool tcp) const { return tcp ? tcp_ : udp_; }
  /// The Contact for a dialog through this door of the edge; null: there is no such door.
  const sip_contact_t* contact(const std::string& door, bool sips) const;
  void add_door(const std::string& name, const std::string& uri, const std::string& sips_uri);
  const sip_allow_t* allow() const { return allow_; }
  const sip_content_type_t* sdp() const { return sdp_; }

 private:
  su_home_t home_[1] = {};
  sip_contact_t* udp_;
  sip_contact_t* tcp_;
  struct Door {
    sip_contact_t *sip, *sips;
  };
  std::map<std::string, Door> doors_;
  sip_allow_t* allow_;
  sip_content_type_t* sdp_;
};

}  // namespace tandem
