#include "outbound_registration.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "identity.h"
#include "status.h"
#include "tandem/log.h"
#include "trunk.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr auto kPatience = std::chrono::seconds(4);  // for an answer, before the next gateway is asked
constexpr auto kFirstPause = std::chrono::seconds(2), kLongestPause = std::chrono::seconds(300);
constexpr auto kRefusedPause = std::chrono::seconds(60);  // a carrier that says no is not pressed
constexpr auto kLeast = std::chrono::seconds(10), kMost = std::chrono::seconds(86'400);

int on_forgotten(void*, nta_outgoing_t* request, const sip_t*) {
  if (nta_outgoing_status(request) >= 200) nta_outgoing_destroy(request);
  return 0;
}

// RFC 5626 4.5: so that not all come back at the same moment.
Duration jittered(std::chrono::seconds pause) { return std::chrono::milliseconds(pause) / 100 * (75 + randombytes_uniform(51)); }

}  // namespace

std::string_view to_string(RegistrationState state) {
  switch (state) {
    case RegistrationState::asking:
      return "asking";
    case RegistrationState::registered:
      return "registered";
    case RegistrationState::refused:
      return "refused";
    case RegistrationState::waiting:
      break;
  }
  return "waiting";
}

OutboundRegistration::OutboundRegistration(Stack& stack, Loop& loop, const Trunk& trunk, const std::string& user_agent)
    : stack_(stack),
      loop_(loop),
      trunk_(trunk),
      user_agent_(user_agent),
      digest_(trunk.settings().user, trunk.settings().password),
      expires_(trunk.settings().expires),
      timer_(loop) {
  const TrunkSettings& settings = trunk.settings();
  std::string domain = settings.domain;
  if (domain.empty() && !settings.peers.empty()) domain = settings.peers.front().host;
  if (domain.empty()) domain = settings.address.to_string();
  address_ = fmt::format("sip:{}@{}", escape_user(settings.user), domain);
  request_uri_ = "sip:" + domain;
  const std::string aor = "<" + address_ + ">";
  leg_ = nta_leg_tcreate(stack_.agent(), nullptr, nullptr, SIPTAG_FROM_STR(aor.c_str()), SIPTAG_TO_STR(aor.c_str()), TAG_END());
  nta_leg_tag(leg_, nullptr);
  timer_.start({}, [this] { ask(expires_); });
}

OutboundRegistration::~OutboundRegistration() {
  drop();
  if (ever_ && failures_ == 0) {
    const auto credentials = digest_.again("REGISTER", request_uri_);
    (void)send(std::chrono::seconds(0), credentials.value_or(""), on_forgotten);
  }
  if (leg_ != nullptr) nta_leg_destroy(leg_);
}

std::string OutboundRegistration::contact_for(const SocketAddress& registrar) const {
  const TrunkSettings& settings = trunk_.settings();
  const std::string& named = settings.contact_user.empty() ? settings.user : settings.contact_user;
  if (settings.transport == TrunkTransport::tls)
    return fmt::format("<sip:{}@{};transport=tls>", escape_user(named), stack_.dialled_host_port());
  const std::string& ours = stack_.contact_uri(settings.transport == TrunkTransport::tcp, registrar);
  return fmt::format("<sip:{}@{}>", escape_user(named), std::string_view(ours).substr(4));
}

void OutboundRegistration::drop() {
  if (request_ == nullptr) return;
  nta_outgoing_bind(request_, on_forgotten, nullptr);
  request_ = nullptr;
}

nta_outgoing_t* OutboundRegistration::send(std::chrono::seconds expires, const std::string& credentials, nta_response_f* heard) {
  const bool tcp = trunk_.settings().transport == TrunkTransport::tcp;
  const TrunkPeer* const peer = trunk_.at(asked_);
  const FlowId flow = peer != nullptr ? peer->flow() : 0;
  const Flow* const connection = flow != 0 ? stack_.flows().find(flow) : nullptr;
  if (connection == nullptr && trunk_.settings().transport == TrunkTransport::tls) return nullptr;
  const std::string hop = connection != nullptr ? fmt::format("sip:{};transport=tls", connection->inner.to_string()) : hop_uri(asked_, tcp);
  const std::string left = std::to_string(expires.count());
  return nta_outgoing_tcreate(leg_, heard, heard == on_response ? this : nullptr, URL_STRING_MAKE(hop.c_str()), SIP_METHOD_REGISTER,
                              URL_STRING_MAKE(request_uri_.c_str()), NTATAG_TPORT(stack_.flows().transport(flow)),
                              SIPTAG_CONTACT_STR(contact_.c_str()), SIPTAG_EXPIRES_STR(left.c_str()),
                              SIPTAG_USER_AGENT_STR(user_agent_.c_str()),
                              TAG_IF(!credentials.empty(), SIPTAG_HEADER_STR(credentials.c_str())), TAG_END());
}

void OutboundRegistration::ask(std::chrono::seconds expires) {
  drop();
  const auto order = trunk_.order();
  if (order.empty()) return failed("no gateway is known yet", false, kFirstPause);
  asked_ = order[turn_ % order.size()]->place().address;
  contact_ = contact_for(asked_);
  request_ = send(expires, digest_.again("REGISTER", request_uri_).value_or(""), on_response);
  if (request_ == nullptr) return failed("no REGISTER can be sent", false, kFirstPause);
  state_ = RegistrationState::asking;
  timer_.start(kPatience, [this] { failed("no answer", false, kFirstPause); });
}

int OutboundRegistration::on_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto* const registration = static_cast<OutboundRegistration*>(self);
  // Told to be over when it is read, destroyed afterwards: what is in `sip` belongs to it.
  registration->request_ = nullptr;
  registration->answered(sip, status);
  nta_outgoing_destroy(request);
  return 0;
}

void OutboundRegistration::answered(const sip_t* sip, int status) {
  last_ = fmt::format("{} {}", status, sip != nullptr && sip->sip_status != nullptr ? header_text(sip->sip_status->st_phrase) : "");
  if (status < 300 && sip != nullptr) return granted(sip);
  if ((status == 401 || status == 407) && sip != nullptr) {
    if (auto credentials = digest_.answer(sip, "REGISTER", request_uri_)) {
      request_ = send(expires_, *credentials, on_response);
      if (request_ != nullptr) return timer_.start(kPatience, [this] { failed("no answer", false, kFirstPause); });
    }
  }
  if (status == 423 && sip != nullptr && sip->sip_min_expires != nullptr) {
    const std::chrono::seconds least(sip->sip_min_expires->me_delta);
    if (least > expires_ && least <= kMost) {
      expires_ = least;
      return ask(expires_);
    }
  }
  std::chrono::seconds wait = kFirstPause;
  if (sip != nullptr && sip->sip_retry_after != nullptr)
    wait = std::min<std::chrono::seconds>(std::chrono::seconds(sip->sip_retry_after->af_delta), kLongestPause);
  const bool refused = status >= 400 && status < 500 && status != 408 && status != 480;
  failed(last_, refused, refused ? std::max<std::chrono::seconds>(wait, kRefusedPause) : wait);
}

// How long the registrar lets us stay: at our contact, else in Expires, else as we asked.
void OutboundRegistration::granted(const sip_t* sip) {
  digest_.accepted();
  if (failures_ > 0 || !ever_)
    kLog.line(LogLevel::notice, "trunk {}: registered as {} at {}", trunk_.settings().name, address_, asked_.to_string());
  failures_ = 0;
  ever_ = true;
  auto lasts = expires_;
  if (sip->sip_expires != nullptr) lasts = std::chrono::seconds(std::min<unsigned long>(sip->sip_expires->ex_delta, 86'400));
  for (const sip_contact_t* c = sip->sip_contact; c != nullptr; c = c->m_next) {
    if (c->m_expires == nullptr || c->m_url->url_host == nullptr || contact_.find(c->m_url->url_host) == std::string::npos) continue;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(c->m_expires, c->m_expires + std::strlen(c->m_expires), value);
    if (error == std::errc()) lasts = std::chrono::seconds(value);
  }
  lasts = std::clamp<std::chrono::seconds>(lasts, kLeast, kMost);
  state_ = RegistrationState::registered;
  next_ = loop_.clock().now() + lasts;
  timer_.start(jittered(lasts * 3 / 4) / 5 * 4, [this] { ask(expires_); });
}

// The pause doubles; in between the next gateway has its turn.
void OutboundRegistration::failed(std::string_view why, bool refused, std::chrono::seconds at_least) {
  drop();
  last_ = why;
  ++failures_;
  ++turn_;
  const auto doubled = kFirstPause * (1 << std::min(failures_ - 1, 10U));
  const Duration pause =
      jittered(std::clamp<std::chrono::seconds>(doubled, at_least, std::max<std::chrono::seconds>(kLongestPause, at_least)));
  // While other gateways have not been asked there is no reason to wait.
  const bool another = !refused && failures_ < trunk_.peers().size();
  digest_.accepted();
  state_ = (refused ? RegistrationState::refused : RegistrationState::waiting);
  kLog.line(LogLevel::warning, "trunk {}: not registered as {} ({})", trunk_.settings().name, address_, why);
  next_ = loop_.clock().now() + (another ? Duration{} : pause);
  timer_.start(another ? Duration{} : pause, [this] { ask(expires_); });
}

}  // namespace tandem
