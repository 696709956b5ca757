// What a far end says in a response, a SUBSCRIBE or an INFO: subscriptions, session timers, redirections, digits, identities, vendors'
// fields; and what a dialplan may add.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "diversion.h"
#include "dtmf_info.h"
#include "header_fields.h"
#include "identity.h"
#include "redirect.h"
#include "refer.h"
#include "replaces.h"
#include "session_timer.h"
#include "subscribe_request.h"
#include "vendors/vendor.h"

namespace {

using namespace tandem;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_message(const uint8_t* data, size_t size) {
  msg_t* const msg = msg_make(sip_default_mclass(), 0, data, static_cast<ssize_t>(size));
  if (msg == nullptr) return;
  const sip_t* const sip = sip_object(msg);
  if (sip->sip_status != nullptr) {
    if (const auto to = redirection_of(sip)) require(!to->numbers.empty() && to->numbers.size() <= 5 && !to->reason.empty());
  }
  if (sip->sip_request != nullptr && sip->sip_from != nullptr) {
    const Party caller = caller_of(sip, true, IdentityHeaders::both);
    require(caller.number.size() <= 128 && caller.name.size() <= 128);
    for (const Vendor* vendor : {&generic_vendor(), &cisco_vendor()}) {
      require(vendor->firmware(sip).size() <= 64);
      if (sip->sip_contact != nullptr) require(vendor->device_name(sip->sip_contact).size() <= 64);
    }
  }
  const auto diversions = diversions_of(sip);
  require(diversions.size() <= kMostDiversions);
  for (const auto& one : diversions) require(one.from.number.size() <= 128 && one.from.name.size() <= 128 && !one.reason.empty());
  const std::string again = diversion_lines(diversions, "d", "sip:1@d", true, DiversionHeaders::both);
  require(static_cast<size_t>(std::count(again.begin(), again.end(), '\n')) == (diversions.empty() ? 0 : diversions.size() + 1));
  const ReplacesWish place = read_replaces(sip);
  require(place.wrong == nullptr || !place.dialog);
  const SubscribeRequest asked = read_subscribe(sip, {});
  require(asked.status != 200 || (!asked.event.empty() && asked.event.size() <= 64 && asked.expires <= std::chrono::hours(1)));
  (void)accepted_type(sip, {"application/pidf+xml", "text/plain"});
  const TermsAnswer terms = answer_terms(sip, {});
  require(terms.too_short || terms.terms.interval.count() == 0 || terms.terms.interval >= std::chrono::seconds(90));
  require(agreed_terms(sip).interval <= std::chrono::hours(24 * 7));
  for (const char* name : {"Contact", "m", "Diversion", "X-Any", "Authorization"}) {
    const auto value = header_value(msg, name);
    require(!value || (value->size() <= 4096 && name[0] != 'A'));
  }
  msg_destroy(msg);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto digit = parse_info_digit("application/dtmf-relay", text)) require(info_body(*digit, {}).find(*digit) != std::string::npos);
  (void)parse_info_digit("application/dtmf", text);
  if (const auto name = replaces_of(text))
    require(!name->call_id.empty() && name->local_tag.size() <= 128 && name->remote_tag.size() <= 128);
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto lines = header_lines({{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))}});
    require(!lines || lines->find('\n') == lines->size() - 1);
  }
  read_message(data, size);
  return 0;
}
