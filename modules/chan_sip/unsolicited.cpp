#include "unsolicited.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr size_t kMostUnderWay = 10'000;
constexpr std::string_view kRegisterCallId = "{register-call-id}";

bool is_header_value(std::string_view text) {
  return !text.empty() && text.size() <= 256 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

}  // namespace

/// One NOTIFY under way, with the dialog that is none.
struct Unsolicited::Out {
  Unsolicited* owner;
  std::string device;
  nta_leg_t* leg = nullptr;
  nta_outgoing_t* request = nullptr;
  ~Out() {
    if (request != nullptr) nta_outgoing_destroy(request);
    if (leg != nullptr) nta_leg_destroy(leg);
  }
};

Unsolicited::~Unsolicited() {
  for (const Out* one : out_) delete one;
}

Result<void> Unsolicited::send(const Device& device, std::string_view event, std::string_view type, std::string_view body) {
  if (!is_header_value(event) || (!body.empty() && !is_header_value(type))) return Error{ErrorCode::invalid, "no header value"};
  const auto contacts = registrar_.contacts(device.name);
  if (!contacts) return Error{ErrorCode::unavailable, fmt::format("{} is not registered", device.name)};
  bool sent = false;
  for (const Contact& contact : *contacts) {
    if (contact.expected() || out_.size() >= kMostUnderWay) continue;
    std::string text(body);
    if (const size_t at = text.find(kRegisterCallId); at != std::string::npos) text.replace(at, kRegisterCallId.size(), contact.call_id);
    if (send_to(contact, device, event, type, text)) sent = true;
  }
  if (!sent) return Error{ErrorCode::unavailable, fmt::format("{} cannot be reached now", device.name)};
  return {};
}

bool Unsolicited::send_to(const Contact& contact, const Device& device, std::string_view event, std::string_view type,
                          const std::string& body) {
  auto out = std::make_unique<Out>();
  out->owner = this;
  out->device = device.name;
  const std::string& domain = settings_.domain.empty() ? stack_.contact_host() : settings_.domain;
  const std::string from = fmt::format("<sip:{}@{}>", device.name, domain), to = fmt::format("<{}>", contact.uri);
  out->leg = nta_leg_tcreate(stack_.agent(), nullptr, nullptr, SIPTAG_FROM_STR(from.c_str()), SIPTAG_TO_STR(to.c_str()), TAG_END());
  if (out->leg == nullptr || nta_leg_tag(out->leg, nullptr) == nullptr) return false;
  const std::string hop = hop_uri(Registrar::next_hop(contact, device.behind_nat), contact.tcp);
  const std::string event_value(event), type_value(type);
  out->request = nta_outgoing_tcreate(
      out->leg, on_response, out.get(), URL_STRING_MAKE(hop.c_str()), SIP_METHOD_NOTIFY, URL_STRING_MAKE(contact.uri.c_str()),
      NTATAG_TPORT(contact.flow != 0 ? stack_.flows().transport(contact.flow) : nullptr),
      SIPTAG_CONTACT(stack_.headers().contact(contact.tcp, stack_.is_second(Registrar::next_hop(contact, device.behind_nat)))),
      SIPTAG_EVENT_STR(event_value.c_str()), SIPTAG_SUBSCRIPTION_STATE_STR("active"), SIPTAG_USER_AGENT_STR(settings_.user_agent.c_str()),
      TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(type_value.c_str())), TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())),
      TAG_END());
  if (out->request == nullptr) return false;
  out_.insert(out.release());
  return true;
}

int Unsolicited::on_response(void* self, nta_outgoing_t* request, const sip_t* /*sip*/) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto* const out = static_cast<Out*>(self);
  if (status >= 300) kLog.line(LogLevel::debug, "{}: NOTIFY outside a subscription refused with {}", out->device, status);
  out->owner->out_.erase(out);
  delete out;
  return 0;
}

}  // namespace tandem
