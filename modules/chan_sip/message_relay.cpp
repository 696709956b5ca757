#include "message_relay.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <utility>

#include "identity.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr size_t kLongestText = 8192;                      // octets
constexpr size_t kMostTexts = 2000, kMostOfOnePhone = 20;  // under way
constexpr size_t kMostCopies = 32;                         // of one text
constexpr const char* kTextTypes = "text/plain, text/html, message/cpim, message/imdn+xml, application/im-iscomposing+xml";

bool is_text(const sip_content_type_t* type) {
  if (type == nullptr || type->c_type == nullptr) return false;
  std::string_view all = kTextTypes;
  while (!all.empty()) {
    const size_t end = std::min(all.find(", "), all.size());
    const std::string name(all.substr(0, end));
    if (strcasecmp(type->c_type, name.c_str()) == 0) return true;
    all.remove_prefix(std::min(end + 2, all.size()));
  }
  return false;
}

/// 2xx before all, then what another phone could not do any better.
int better(int a, int b) {
  const auto rank = [](int status) { return status < 300 ? 0 : status >= 600 ? 1 : status == 408 || status == 503 ? 3 : 2; };
  if (a == 0) return b;
  return rank(b) < rank(a) ? b : a;
}

}  // namespace

/// One that is under way to somebody.
struct MessageRelay::Text {
  std::string device;  ///< of the sender
  nta_incoming_t* request = nullptr;
  std::vector<std::unique_ptr<Copy>> copies;
  size_t waiting = 0;
  int status = 0;  ///< the best so far
  ~Text();
};

struct MessageRelay::Copy {
  MessageRelay* owner;
  Text* text;
  nta_leg_t* leg = nullptr;
  nta_outgoing_t* request = nullptr;
  ~Copy() {
    if (request != nullptr) nta_outgoing_destroy(request);
    if (leg != nullptr) nta_leg_destroy(leg);
  }
};

MessageRelay::Text::~Text() {
  if (request != nullptr) nta_incoming_destroy(request);
}

MessageRelay::MessageRelay(Directory& directory, Stack& stack, Registrar& registrar, const SipSettings& settings)
    : directory_(directory), stack_(stack), registrar_(registrar), settings_(settings) {}

MessageRelay::~MessageRelay() = default;

std::vector<std::string> MessageRelay::devices_of(const std::string& number, int& status) const {
  const auto found = directory_.number(number);
  status = 404;
  if (!found || found->kind == Number::Kind::service) return {};
  status = 480;
  std::vector<std::string> devices;
  if (found->kind == Number::Kind::device) {
    devices.push_back(found->owner);
  } else {
    devices = directory_.devices_of(found->owner);
  }
  return devices;
}

/// 0: it may go.
int MessageRelay::refusal(const sip_t* sip, const Origin& origin) const {
  if (sip->sip_max_forwards != nullptr && sip->sip_max_forwards->mf_count == 0) return 483;
  if (sip->sip_payload != nullptr && sip->sip_payload->pl_len > kLongestText) return 413;
  if (!is_text(sip->sip_content_type)) return 415;
  const auto mine = of_device_.find(origin.endpoint);
  if (texts_.size() >= kMostTexts || (mine != of_device_.end() && mine->second >= kMostOfOnePhone)) return 503;
  return 0;
}

void MessageRelay::relay(msg_t* msg, sip_t* sip, const Origin& origin) {
  const std::string number = dialled_number(sip);
  int status = refusal(sip, origin);
  std::vector<std::string> devices;
  if (status == 0) devices = devices_of(number, status);
  if (devices.empty()) {
    nta_msg_treply(stack_.agent(), msg, status, phrase_of(status), SIPTAG_SERVER_STR(settings_.user_agent.c_str()),
                   TAG_IF(status == 415, SIPTAG_ACCEPT_STR(kTextTypes)), TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("2")), TAG_END());
    return;
  }
  auto made = std::make_unique<Text>();
  Text& text = *made;
  text.device = origin.endpoint;
  text.request = nta_incoming_create(stack_.agent(), nullptr, msg, sip, TAG_END());
  if (text.request == nullptr) return;
  text.status = 480;
  texts_.emplace(&text, std::move(made));
  ++of_device_[text.device];
  for (const auto& name : devices) {
    const auto device = directory_.device(name);
    const auto contacts = device ? registrar_.contacts(name) : Result<std::vector<Contact>>(Error{ErrorCode::not_found, ""});
    if (!contacts) continue;
    for (const auto& contact : *contacts) {
      if (!contact.expected() && text.copies.size() < kMostCopies && send_copy(text, *device, contact, sip)) ++text.waiting;
    }
  }
  kLog.line(LogLevel::info, "{}: a text to {} goes to {} contacts", origin.endpoint, number, text.waiting);
  if (text.waiting > 0) {
    text.status = 0;
  } else {
    finish(text);
  }
}

/// Under the number of whoever is at the sending phone: nobody else can be named.
bool MessageRelay::send_copy(Text& text, const Device& device, const Contact& contact, const sip_t* sip) {
  const auto sender = directory_.device(text.device);
  if (!sender) return false;
  const Occupant who = directory_.occupant(*sender);
  auto copy = std::make_unique<Copy>();
  copy->owner = this;
  copy->text = &text;
  const std::string& domain = settings_.domain.empty() ? stack_.contact_host() : settings_.domain;
  const std::string from = name_addr({who.number, who.name, false}, domain), to = fmt::format("<{}>", contact.uri);
  copy->leg = nta_leg_tcreate(stack_.agent(), nullptr, nullptr, SIPTAG_FROM_STR(from.c_str()), SIPTAG_TO_STR(to.c_str()), TAG_END());
  if (copy->leg == nullptr || nta_leg_tag(copy->leg, nullptr) == nullptr) return false;
  const unsigned long hops = sip->sip_max_forwards != nullptr ? sip->sip_max_forwards->mf_count : 70;
  const std::string hops_left = std::to_string(std::min(hops, 70UL) - 1);
  const std::string hop = hop_uri(Registrar::next_hop(contact, device.behind_nat), contact.tcp);
  copy->request = nta_outgoing_tcreate(
      copy->leg, on_response, copy.get(), URL_STRING_MAKE(hop.c_str()), SIP_METHOD_MESSAGE, URL_STRING_MAKE(contact.uri.c_str()),
      NTATAG_TPORT(contact.flow != 0 ? stack_.flows().transport(contact.flow) : nullptr), SIPTAG_MAX_FORWARDS_STR(hops_left.c_str()),
      TAG_IF(!contact.path.empty(), SIPTAG_ROUTE_STR(contact.path.c_str())), SIPTAG_USER_AGENT_STR(settings_.user_agent.c_str()),
      SIPTAG_CONTENT_TYPE(sip->sip_content_type), TAG_IF(sip->sip_payload != nullptr, SIPTAG_PAYLOAD(sip->sip_payload)), TAG_END());
  if (copy->request == nullptr) return false;
  text.copies.push_back(std::move(copy));
  return true;
}

int MessageRelay::on_response(void* self, nta_outgoing_t* request, const sip_t* /*sip*/) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto& copy = *static_cast<Copy*>(self);
  copy.owner->answered(copy, status);
  return 0;
}

void MessageRelay::answered(Copy& copy, int status) {
  Text& text = *copy.text;
  nta_outgoing_destroy(std::exchange(copy.request, nullptr));
  text.status = better(text.status, status);
  --text.waiting;
  // A phone that has it is enough; the others may go on taking it.
  if (text.status < 300 && text.request != nullptr && nta_incoming_status(text.request) < 200)
    nta_incoming_treply(text.request, SIP_200_OK, SIPTAG_SERVER_STR(settings_.user_agent.c_str()), TAG_END());
  if (text.waiting == 0) finish(text);
}

void MessageRelay::finish(Text& text) {
  if (nta_incoming_status(text.request) < 200) {
    const int status = text.status == 408 || text.status == 503 ? 480 : text.status;
    nta_incoming_treply(text.request, status, phrase_of(status), SIPTAG_SERVER_STR(settings_.user_agent.c_str()), TAG_END());
  }
  const auto mine = of_device_.find(text.device);
  if (mine != of_device_.end() && --mine->second == 0) of_device_.erase(mine);
  texts_.erase(&text);
}

}  // namespace tandem
