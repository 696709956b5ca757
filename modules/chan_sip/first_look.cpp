#include "first_look.h"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>
#include <utility>

#include "capabilities.h"
#include "tandem/log.h"
#include "vendors/vendor.h"

namespace tandem {
namespace {

constexpr const char* kRetryAfter = "5";  // seconds
constexpr double kFull = 0.75;            // of the switch thread's mailbox
constexpr size_t kMaxCallId = 256, kMaxTag = 128, kMaxUser = 128;
constexpr unsigned kWrongPassword = 10;  // tokens: guessing is dearer than asking
enum Lane : unsigned { kOrdinary, kEmergency };

// A body that is shorter than announced was cut on its way.
bool cut_short(const sip_t* sip) {
  const size_t there = sip->sip_payload != nullptr ? sip->sip_payload->pl_len : 0;
  return sip->sip_content_length != nullptr && sip->sip_content_length->l_length > there;
}

// Sofia-SIP sets headers that it cannot parse aside, each as what it was meant to be, or as an error if its name is unknown. Most may be
// missing, a loop guard may not.
bool unreadable(const sip_t* sip, msg_hclass_t* header_class) {
  for (const auto* h = reinterpret_cast<const sip_header_t*>(sip->sip_error); h != nullptr; h = h->sh_next) {
    if (h->sh_class == header_class) return true;
    if (h->sh_class == sip_error_class && h->sh_error->er_name != nullptr && strcasecmp(h->sh_error->er_name, header_class->hc_name) == 0)
      return true;
  }
  return false;
}

// "trunk NAME ADDRESS" is the edge's name for a connection that we have made to a gateway of NAME.
std::string_view dialled_trunk(std::string_view listener) {
  constexpr std::string_view kTrunk = "trunk ";
  if (!listener.starts_with(kTrunk)) return {};
  listener.remove_prefix(kTrunk.size());
  return listener.substr(0, listener.rfind(' '));
}

// A trunk is known by its address and port. Over TCP its port is any, unless we have connected to it.
bool comes_from(const TrunkSettings& trunk, const Origin& origin) {
  if (trunk.address == origin.source) return true;
  return origin.flow != 0 && trunk.transport != TrunkTransport::udp && trunk.address.host() == origin.source.host();
}

bool longer(const char* text, size_t limit) { return text != nullptr && strnlen(text, limit + 1) > limit; }

std::string text_of(const char* text) { return text != nullptr ? std::string(text, strnlen(text, 128)) : std::string(); }

}  // namespace

/// One request on its way through the checks. `msg` is null once somebody else owns it.
struct FirstLook::Look {
  msg_t* msg;
  sip_t* sip;
  sip_method_t method;
  Origin origin;
  const TrunkSettings* trunk = nullptr;
  bool emergency = false;

  std::shared_ptr<const EdgePeer> edge = nullptr;  ///< it came by TLS or a WebSocket

  std::string_view transport() const { return edge ? to_string(edge->kind) : origin.flow != 0 ? "TCP" : "UDP"; }
  bool encrypted() const { return edge && edge->kind != EdgeKind::ws; }
  void security(std::string_view event, std::string detail) const {
    log_security({event, "SIP", origin.source, text_of(sip->sip_from->a_url->url_user), std::move(detail), transport()});
  }
};

bool is_emergency(std::string_view number) { return number == "911" || number == "112" || number == "9911" || number == "9112"; }

FirstLook::FirstLook(Stack& stack, Loop& loop, Directory& directory, Registrar& registrar, InviteReceiver& upper, SipSettings settings)
    : stack_(stack),
      loop_(loop),
      registrar_(registrar),
      upper_(upper),
      settings_(std::move(settings)),
      auth_(loop.clock(), directory, settings_),
      guesses_(settings_.free_guesses, settings_.guess_delay),
      limiter_(settings_.source_rate, settings_.source_burst) {
  randombytes_buf(tag_key_.data(), tag_key_.size());
  limiter_.limit_loopback(settings_.limit_loopback);
  stack_.set_receiver(this);
}

FirstLook::~FirstLook() { stack_.set_receiver(nullptr); }

void FirstLook::reconfigure(SipSettings settings) {
  settings_ = std::move(settings);
  auth_.reconfigure(settings_);
  guesses_.reconfigure(settings_.free_guesses, settings_.guess_delay);
  limiter_.reconfigure(settings_.source_rate, settings_.source_burst);
  limiter_.limit_loopback(settings_.limit_loopback);
}

void FirstLook::receive(msg_t* msg, sip_t* sip) {
  Look look{msg, sip, sip->sip_request != nullptr ? sip->sip_request->rq_method : sip_method_unknown, {}};
  look.origin.source = source_of(msg);
  look.origin.flow = stack_.flows().of(stack_.agent(), msg);
  if (const Flow* const flow = stack_.flows().find(look.origin.flow); flow != nullptr && flow->edge) {
    look.origin.source = flow->peer;
    look.edge = flow->edge;
  }
  // Over TLS by the connection that we have made to it, or by where it connects to our door from.
  if (look.edge && look.edge->dialled) look.trunk = settings_.trunk(dialled_trunk(look.edge->listener));
  for (const auto& trunk : settings_.trunks) {
    const bool encrypted = look.edge && look.edge->kind == EdgeKind::tls && trunk.transport == TrunkTransport::tls;
    if ((!look.edge || encrypted) && look.trunk == nullptr && comes_from(trunk, look.origin)) look.trunk = &trunk;
  }
  if (look.trunk == nullptr && !look.edge) {
    const auto name = upper_.trunk_at(look.origin.source, look.origin.flow != 0);
    if (!name.empty()) look.trunk = settings_.trunk(name);
  }
  // A response that no transaction waits for (of a trunk: to a probe), or the ACK to what we refused: nobody expects an answer.
  if (sip->sip_request == nullptr || look.method == sip_method_ack) {
    if (look.trunk != nullptr) upper_.trunk_heard(look.trunk->name, look.origin.source);
    return drop(look);
  }
  ++counts_.requests;
  const char* const user = sip->sip_request->rq_url->url_user;
  look.emergency = look.method == sip_method_invite && user != nullptr && is_emergency(user);
  if (look.trunk == nullptr && !within_limits(look)) return drop(look);
  if (!sane(look)) return;
  if (look.trunk != nullptr) upper_.trunk_heard(look.trunk->name, look.origin.source);
  dispatch(look);
}

bool FirstLook::within_limits(Look& look) {
  const Instant now = loop_.clock().now();
  const unsigned lane = look.emergency ? kEmergency : kOrdinary;
  if (limiter_.take(look.origin.source, now, 1, lane)) return true;
  ++counts_.limited;
  if (const unsigned refused = limiter_.refused(look.origin.source, now, lane); refused > 0)
    look.security("RateLimit", fmt::format("too many requests without a valid digest, {} dropped", refused));
  return false;
}

bool FirstLook::sane(Look& look) {
  const sip_t* const sip = look.sip;
  const auto refuse = [&](int status, const char* phrase) {
    look.security("RequestBadFormat", phrase);
    reply(look, status, phrase);
    return false;
  };
  const char* const host = sip->sip_request->rq_url->url_host;
  if (host != nullptr && std::strcmp(host, kUnreadableHost) == 0) return refuse(400, "Bad Request-URI");
  // Of a stream the size has what came behind the message in it; nta's own limit stands there.
  if (look.origin.flow == 0 && msg_size(look.msg) > settings_.max_message) return refuse(413, "Request Entity Too Large");
  if (sip->sip_cseq->cs_seq > 0x7fffffffU) return refuse(400, "CSeq Too Large");
  if (longer(sip->sip_call_id->i_id, kMaxCallId)) return refuse(400, "Call-ID Too Long");
  if (longer(sip->sip_from->a_tag, kMaxTag) || longer(sip->sip_to->a_tag, kMaxTag)) return refuse(400, "Tag Too Long");
  if (cut_short(sip)) return refuse(400, "Body Shorter Than Content-Length");
  if (unreadable(sip, sip_max_forwards_class)) return refuse(400, "Bad Max-Forwards Header");
  if (sip->sip_replaces != nullptr && look.method != sip_method_invite) return refuse(400, "Replaces Belongs To INVITE");
  const int scheme = sip->sip_request->rq_url->url_type;
  const bool secure = scheme == url_sips && look.encrypted();
  if (scheme != url_sip && !secure && !(scheme == url_tel && look.method == sip_method_invite))
    return refuse(416, "Unsupported URI Scheme");
  const std::string unsupported = look.method != sip_method_cancel ? unsupported_by_us(sip) : "";
  if (!unsupported.empty()) {
    reply(look, SIP_420_BAD_EXTENSION, SIPTAG_UNSUPPORTED_STR(unsupported.c_str()));
    return false;
  }
  return true;
}

bool FirstLook::sane_invite(Look& look) {
  const sip_t* const sip = look.sip;
  const auto refuse = [&](const char* phrase) {
    look.security("RequestBadFormat", phrase);
    reply(look, 400, phrase);
    return false;
  };
  if (sip->sip_from->a_tag == nullptr) return refuse("Missing From Tag");
  if (sip->sip_contact == nullptr || sip->sip_contact->m_next != nullptr) return refuse("Exactly One Contact Needed");
  const int scheme = sip->sip_contact->m_url->url_type;
  if (scheme != url_sip && scheme != url_sips) return refuse("Contact Must Be A SIP Address");
  if (sip->sip_max_forwards != nullptr && sip->sip_max_forwards->mf_count == 0) {
    reply(look, SIP_483_TOO_MANY_HOPS);
    return false;
  }
  if (sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) return true;
  const auto* const type = sip->sip_content_type;
  if (type == nullptr || type->c_type == nullptr || strcasecmp(type->c_type, kSdpType) != 0) {
    reply(look, SIP_415_UNSUPPORTED_MEDIA, SIPTAG_ACCEPT_STR(kAccept));
    return false;
  }
  if (sip->sip_content_encoding != nullptr) {
    reply(look, SIP_415_UNSUPPORTED_MEDIA, SIPTAG_ACCEPT_ENCODING_STR("identity"));
    return false;
  }
  return true;
}

void FirstLook::dispatch(Look& look) {
  const bool in_dialog = look.sip->sip_to->a_tag != nullptr;
  switch (look.method) {
    case sip_method_register:
      return register_(look);
    case sip_method_invite:
      return in_dialog ? reply(look, SIP_481_NO_TRANSACTION) : invite(look);
    case sip_method_options:
      if (in_dialog) return reply(look, SIP_481_NO_TRANSACTION);
      return reply(look, SIP_200_OK, SIPTAG_ALLOW_STR(kAllow), SIPTAG_ACCEPT_STR(kAccept), SIPTAG_ACCEPT_ENCODING_STR("identity"),
                   SIPTAG_ACCEPT_LANGUAGE_STR("en"), SIPTAG_SUPPORTED_STR(kSupported));
    case sip_method_cancel:
    case sip_method_bye:
    case sip_method_info:
    case sip_method_notify:
      return reply(look, SIP_481_NO_TRANSACTION);
    case sip_method_subscribe:
    case sip_method_message:
      return in_dialog ? reply(look, SIP_481_NO_TRANSACTION) : standalone(look);
    case sip_method_update:
    case sip_method_prack:
    case sip_method_publish:
    case sip_method_refer:
      if (in_dialog) return reply(look, SIP_481_NO_TRANSACTION);
      return reply(look, SIP_405_METHOD_NOT_ALLOWED, SIPTAG_ALLOW_STR(kAllow));
    default:
      return reply(look, SIP_501_NOT_IMPLEMENTED, SIPTAG_ALLOW_STR(kAllow));
  }
}

void FirstLook::invite(Look& look) {
  if (!sane_invite(look)) return;
  if (!look.emergency && (loop_.pressure() > kFull || upper_.overloaded() || stack_.behind())) {
    ++counts_.overload;
    return reply(look, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR(kRetryAfter));
  }
  if (look.trunk != nullptr) {
    look.origin.endpoint = look.trunk->name;
    look.origin.context = look.trunk->context;
  } else if (!identify(look)) {
    return;
  }
  if (look.origin.is_device) registrar_.seen(look.origin.endpoint, look.sip, look.origin.source, look.origin.flow);
  msg_t* const msg = std::exchange(look.msg, nullptr);
  upper_.invite(msg, look.sip, look.origin);
}

// What else a phone learns from the 200 to its REGISTER (RFC 3327 5.3, RFC 3608, RFC 5626 6).
std::string FirstLook::register_headers(const Look& look, const Registrar::Answer& answer) const {
  std::string lines(vendor_named(look.origin.device->vendor).register_headers());
  if (const std::string path = path_of(look.sip); !path.empty()) fmt::format_to(std::back_inserter(lines), "Path: {}\r\n", path);
  if (!settings_.service_route.empty()) fmt::format_to(std::back_inserter(lines), "Service-Route: {}\r\n", settings_.service_route);
  if (!answer.outbound) return lines;
  lines += "Require: outbound\r\nSupported: path, outbound, gruu\r\n";
  if (settings_.flow_timer.count() > 0) fmt::format_to(std::back_inserter(lines), "Flow-Timer: {}\r\n", settings_.flow_timer.count());
  return lines;
}

// A text makes no dialog, so where it is to be answered is nobody's business (RFC 3428 4).
const char* FirstLook::wrong_standalone(const Look& look) const {
  const sip_t* const sip = look.sip;
  if (sip->sip_from->a_tag == nullptr) return "Missing From Tag";
  if (look.method == sip_method_message) return nullptr;
  return sip->sip_contact == nullptr || sip->sip_contact->m_next != nullptr ? "Exactly One Contact Needed" : nullptr;
}

// What may make a dialog, or is relayed: from phones alone, and not while there is more to do than can be done.
void FirstLook::standalone(Look& look) {
  if (look.trunk != nullptr) return reply(look, SIP_403_FORBIDDEN);
  if (const char* const wrong = wrong_standalone(look)) {
    look.security("RequestBadFormat", wrong);
    return reply(look, 400, wrong);
  }
  if (loop_.pressure() > kFull || stack_.behind()) {
    ++counts_.overload;
    return reply(look, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR(kRetryAfter));
  }
  if (!identify(look)) return;
  registrar_.seen(look.origin.endpoint, look.sip, look.origin.source, look.origin.flow);
  msg_t* const msg = std::exchange(look.msg, nullptr);
  upper_.request(msg, look.sip, look.origin);
}

void FirstLook::register_(Look& look) {
  if (!identify(look)) return;
  const auto answer = registrar_.handle(*look.origin.device, look.sip, look.origin.source, look.origin.flow);
  if (answer.status == 200) {
    const std::string contacts = registrar_.contact_headers(look.origin.device->name);
    const std::string more = register_headers(look, answer);
    return reply(look, SIP_200_OK, TAG_IF(!contacts.empty(), SIPTAG_CONTACT_STR(contacts.c_str())),
                 TAG_IF(!more.empty(), SIPTAG_HEADER_STR(more.c_str())));
  }
  if (answer.status == 423) {
    const std::string least = std::to_string(answer.min_expires);
    return reply(look, answer.status, answer.phrase, SIPTAG_MIN_EXPIRES_STR(least.c_str()));
  }
  look.security(answer.status == 403 ? "RequestNotAllowed" : "RequestBadFormat", answer.phrase);
  reply(look, answer.status, answer.phrase);
}

/// Answers and returns true while this user's passwords are not looked at. An emergency call is: whoever guesses here could as well call.
bool FirstLook::guessed_too_often(Look& look) {
  const Instant now = loop_.clock().now();
  if (guesses_.quiet(now) || look.emergency) return false;
  const std::string user = auth_.claimed(look.sip);
  if (user.empty()) return false;
  const auto wait = guesses_.wait(user, look.origin.source, registrar_.is_from(user, look.origin.source), now);
  if (wait.count() <= 0) return false;
  log_security({"ChallengeResponseFailed", "SIP", look.origin.source, user.substr(0, kMaxUser),
                fmt::format("too many wrong passwords, none is looked at for {} s", wait.count()), look.transport()});
  const std::string seconds = std::to_string(wait.count());
  reply(look, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR(seconds.c_str()));
  return true;
}

/// Fills in the device, or answers and returns false. The same words for an unknown user and a wrong password.
bool FirstLook::identify(Look& look) {
  const Instant now = loop_.clock().now();
  if (guessed_too_often(look)) return false;
  const unsigned lane = look.emergency ? kEmergency : kOrdinary;
  auto checked = auth_.check(look.sip, look.origin.source);
  switch (checked.verdict) {
    case Authenticator::Verdict::absent:
      challenge(look, false);
      return false;
    case Authenticator::Verdict::stale:
      if (!checked.why.empty()) {
        log_security({"ChallengeResponseFailed", "SIP", look.origin.source, checked.username.substr(0, kMaxUser),
                      std::string(look.sip->sip_request->rq_method_name) + ": " + checked.why, look.transport()});
      }
      challenge(look, true);
      return false;
    case Authenticator::Verdict::used:
      log_security({"ChallengeResponseFailed", "SIP", look.origin.source, checked.username.substr(0, kMaxUser),
                    std::string(look.sip->sip_request->rq_method_name) + ": a digest that has served already", look.transport()});
      challenge(look, true);
      return false;
    case Authenticator::Verdict::broken:
      look.security("RequestBadFormat", "the digest cannot be used");
      reply(look, 400, "Bad Authorization Header");
      return false;
    case Authenticator::Verdict::refused:
      limiter_.take(look.origin.source, now, kWrongPassword, lane);
      guesses_.wrong(checked.username, look.origin.source, now);
      log_security({checked.why == "no such device" ? "InvalidAccountID" : "InvalidPassword", "SIP", look.origin.source, checked.username,
                    std::string(look.sip->sip_request->rq_method_name) + ": " + checked.why, look.transport()});
      challenge(look, false);  // RFC 3665 2.5: a new challenge, so that a person can correct the password
      return false;
    case Authenticator::Verdict::accepted:
      break;
  }
  guesses_.right(checked.username, look.origin.source, now);
  limiter_.give_back(look.origin.source, now, 2, lane);  // this request and the one that was challenged
  look.origin.endpoint = checked.device->name;
  look.origin.is_device = true;
  look.origin.context = "phones";
  look.origin.device = std::move(checked.device);
  return true;
}

void FirstLook::challenge(Look& look, bool stale) {
  ++counts_.challenged;
  const sip_user_agent_t* const agent = look.sip->sip_user_agent;
  // Whoever speaks through a WebSocket is a page of some browser whose program may give itself any name, and is encrypted already.
  const bool web = look.edge && look.edge->kind != EdgeKind::tls;
  const std::string lines = auth_.challenge(look.origin.source, stale, web || (agent != nullptr && knows_only_md5(agent->g_string)));
  reply(look, SIP_401_UNAUTHORIZED, SIPTAG_HEADER_STR(lines.c_str()));
}

// RFC 3261 8.2.7: whoever keeps no state must give a retransmission the same tag.
void FirstLook::tag_response(Look& look) {
  if (look.sip->sip_to->a_tag != nullptr) return;
  std::string covered;
  for (const char* text : {look.sip->sip_call_id->i_id, look.sip->sip_from->a_tag, look.sip->sip_via->v_branch}) {
    if (text != nullptr) covered.append(text, std::strlen(text) + 1);
  }
  static_assert(sizeof tag_key_ == crypto_shorthash_KEYBYTES);
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(covered.data()), covered.size(), tag_key_.data());
  char tag[2 * sizeof hash + 1];
  sodium_bin2hex(tag, sizeof tag, hash, sizeof hash);
  sip_to_tag(msg_home(look.msg), look.sip->sip_to, tag);
}

void FirstLook::drop(Look& look) { nta_msg_discard(stack_.agent(), std::exchange(look.msg, nullptr)); }

template <class... Tags>
void FirstLook::reply(Look& look, int status, const char* phrase, Tags... tags) {
  if (status >= 400 && status != 401) ++counts_.refused;
  tag_response(look);
  msg_t* const msg = std::exchange(look.msg, nullptr);
  nta_msg_treply(stack_.agent(), msg, status, phrase, SIPTAG_SERVER_STR(settings_.user_agent.c_str()), tags..., TAG_END());
}

}  // namespace tandem
