#include "message_class.h"

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "stack.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr size_t kLongestMethod = 64;

issize_t parse_via(su_home_t* home, msg_header_t* header, char* text, isize_t length) {
  const issize_t result = sip_via_d(home, header, text, length);
  if (result < 0) return result;
  for (sip_via_t* via = reinterpret_cast<sip_via_t*>(header); via != nullptr; via = via->v_next) {
    msg_header_remove_param(via->v_common, "maddr");
  }
  return result;
}

// A request whose URI cannot be read is a request all the same: whoever sent it shall be told (RFC 4475 3.1.2.8, RFC 5118 4.2).
issize_t parse_request(su_home_t* home, msg_header_t* header, char* text, isize_t length) {
  const std::string_view line(text, strnlen(text, static_cast<size_t>(length)));
  const size_t space = line.find(' ');
  const bool request = space != std::string_view::npos && space < kLongestMethod && line.ends_with(" SIP/2.0");
  char method[kLongestMethod] = {};  // the parser cuts the line up
  if (request) line.copy(method, space);
  const issize_t result = sip_request_d(home, header, text, length);
  if (result >= 0 || !request) return result;
  char* const instead = su_sprintf(home, "%s sip:%s SIP/2.0", method, kUnreadableHost);
  return instead == nullptr ? result : sip_request_d(home, header, instead, static_cast<isize_t>(std::strlen(instead)));
}

// What nta refuses by itself, in its own words: its default for NTATAG_BAD_REQ_MASK.
constexpr unsigned kFatal =
    ~static_cast<unsigned>(sip_mask_response | sip_mask_proxy | sip_mask_registrar | sip_mask_pref | sip_mask_privacy);

issize_t extract_body(msg_t* msg, msg_pub_t* pub, char* text, isize_t length, int eos) {
  auto* const sip = reinterpret_cast<sip_t*>(pub);
  const issize_t result = sip_extract_body(msg, sip, text, length, eos);
  const bool whole = (sip->sip_flags & MSG_FLG_COMPLETE) != 0;
  if (whole && sip->sip_request != nullptr && ((msg_extract_errors(msg) & kFatal) != 0 || sip_sanity_check(sip) < 0)) {
    log_security({"RequestBadFormat", "SIP", source_of(msg), "", "malformed request"});
  }
  return result;
}

}  // namespace

MessageClass::MessageClass() : via_(*sip_via_class), request_(*sip_request_class) {
  via_.hc_parse = parse_via;
  class_ = msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_copy);
  if (class_ == nullptr) return;
  class_->mc_extract_body = extract_body;
  request_.hc_parse = parse_request;
  class_->mc_request[0].hr_class = &request_;
  // Names are looked up in probing order, so ours must come first; headers that nta makes have the original class, so that must stay too.
  msg_href_t* const table = class_->mc_hash;
  const int size = class_->mc_hash_size;
  int ours = 0;
  while (ours < size && table[ours].hr_class != sip_via_class) ++ours;
  if (ours == size || class_->mc_hash_used + 1 >= size || class_->mc_short == nullptr) {
    std::free(std::exchange(class_, nullptr));
    return;
  }
  int original = ours;
  while (table[original].hr_class != nullptr) original = (original + 1) % size;
  table[original] = table[ours];
  table[ours].hr_class = &via_;
  ++class_->mc_hash_used;
  // The clone owns its table of compact forms; it is const only in the type.
  const_cast<msg_href_t*>(class_->mc_short)['v' - 'a'].hr_class = &via_;
}

MessageClass::~MessageClass() { std::free(class_); }

}  // namespace tandem
