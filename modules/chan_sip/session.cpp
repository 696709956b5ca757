// State, ends and lifetime of a Session.
#include "session.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "contact_uri.h"
#include "header_fields.h"
#include "identity.h"
#include "session_attempt.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");

uint64_t next_sdp_id(Loop& loop) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(loop.clock().wall().time_since_epoch()).count());
}

}  // namespace

Session::Session(SessionHost& host, ChannelId channel, std::string endpoint)
    : host_(host),
      channel_(channel),
      endpoint_(std::move(endpoint)),
      wishes_(host.settings().endpoint(endpoint_)),
      trusted_(host.settings().trunk(endpoint_) != nullptr && host.settings().trunk(endpoint_)->trust_identity),
      retry_(host.loop()),
      timer_(host.loop()),
      refresh_again_(host.loop()) {
  origin_.id = next_sdp_id(host.loop());
  origin_.version = 0;
}

Session::~Session() { close(); }

void Session::close() {
  for (nta_reliable_t* one : std::exchange(unacknowledged_, {})) nta_reliable_destroy(one);
  // A server transaction that is destroyed unanswered answers 500 by itself; a client one goes on to its end without us.
  if (incoming_ != nullptr) nta_incoming_destroy(std::exchange(incoming_, nullptr));
  if (reinvite_in_ != nullptr) nta_incoming_destroy(std::exchange(reinvite_in_, nullptr));
  if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  if (reinvite_out_ != nullptr) nta_outgoing_destroy(std::exchange(reinvite_out_, nullptr));
  if (info_out_ != nullptr) nta_outgoing_destroy(std::exchange(info_out_, nullptr));
  if (notify_out_ != nullptr) nta_outgoing_destroy(std::exchange(notify_out_, nullptr));
  if (update_out_ != nullptr) nta_outgoing_destroy(std::exchange(update_out_, nullptr));
  if (bye_out_ != nullptr) nta_outgoing_destroy(std::exchange(bye_out_, nullptr));
  if (heard_ != nullptr) msg_destroy(std::exchange(heard_, nullptr));
  if (leg_ != nullptr) nta_leg_destroy(std::exchange(leg_, nullptr));
}

std::string Session::describe() const { return fmt::format("{} {}", to_string(state_), call_id_); }

const std::string& Session::domain() const {
  const SipSettings& settings = host_.settings();
  return settings.domain.empty() ? host_.stack().contact_host() : settings.domain;
}

std::string Session::reached_lines() const { return connected_headers(reached_, domain(), trusted_, wishes_.identity); }

std::optional<std::string> Session::header(std::string_view name) const {
  if (refer_ && !refer_->by.empty() && name == "Referred-By") return refer_->by;  // what its transfer asks about
  return header_value(heard_, name);
}

std::optional<DialogName> Session::dialog() const {
  const char* const ours = leg_ != nullptr ? nta_leg_get_tag(leg_) : nullptr;
  const char* theirs = leg_ != nullptr ? nta_leg_get_rtag(leg_) : nullptr;
  if (theirs == nullptr && heard_ != nullptr && caller_) theirs = sip_object(heard_)->sip_to->a_tag;  // of an early dialog
  if (ours == nullptr || theirs == nullptr) return std::nullopt;
  return DialogName{call_id_, ours, theirs};
}

DialogPhase Session::phase() const {
  if (told_ended_) return DialogPhase::ended;
  switch (state_) {
    case SessionState::calling:
    case SessionState::proceeding:
      return DialogPhase::early;
    case SessionState::invited:
    case SessionState::alerting:
      return DialogPhase::early_of_caller;
    case SessionState::answered:
    case SessionState::confirmed:
      return DialogPhase::confirmed;
    case SessionState::idle:
    case SessionState::cancelling:
    case SessionState::terminated:
      break;
  }
  return DialogPhase::ended;
}

void Session::note_target(const sip_t* sip) {
  const auto named = [](const url_t* url) {
    return url != nullptr && url->url_host != nullptr && !SocketAddress::from(bare_host(url->url_host), 0);
  };
  const sip_route_t* route = nullptr;
  const sip_contact_t* target = nullptr;
  nta_leg_get_route(leg_, &route, &target);
  const url_t* next = route != nullptr              ? route->r_url
                      : target != nullptr           ? target->m_url
                      : sip->sip_contact != nullptr ? sip->sip_contact->m_url
                                                    : nullptr;
  const SocketAddress numeric = next != nullptr ? numeric_address(next->url_host, next->url_port) : SocketAddress();
  const bool ours = next != nullptr && url_has_param(next, "gr") != 0;
  // An IPv6 address is one that nta must be helped with.
  if (!behind_nat_ && !edge_ && !ours && numeric.family() == AF_INET6) {
    peer_hop_ = hop_uri(numeric, tcp_ || transport_of(next) == "tcp");
    pin_to_peer_ = true;
    return;
  }
  // A GRUU (RFC 5627) names us, not the way to the phone.
  pin_to_peer_ = behind_nat_ || edge_ || next == nullptr || named(next) || ours;
}

void Session::open_dialog(bool tcp, FlowId flow, const SocketAddress& peer) {
  tcp_ = tcp;
  second_family_ = host_.stack().is_second(peer);
  flow_ = flow;
  const Flow* const found = host_.stack().flows().find(flow);
  edge_ = found != nullptr && found->edge;
  peer_hop_ = edge_ ? fmt::format(FMT_COMPILE("sip:{};transport=tls"), found->inner.to_string()) : hop_uri(peer, tcp);
}

tport_t* Session::transport() {
  if (!tcp_ || flow_ == 0) return nullptr;
  flow_ = host_.flow_to(endpoint_, flow_);
  return host_.stack().flows().transport(flow_);
}

bool Session::over_tls() const {
  const Flow* const found = host_.stack().flows().find(flow_);
  return found != nullptr && found->edge && found->edge->kind != EdgeKind::ws;
}

void Session::flow_lost() {
  const Ending ending{Cause::no_response, "the connection was lost"};
  switch (state_) {
    case SessionState::calling:
    case SessionState::proceeding:
    case SessionState::cancelling:
      step(SessionEvent::failure_in);
      break;
    case SessionState::invited:
    case SessionState::alerting:
      reject(480, phrase_of(480), "");
      break;
    default:
      return;  // who is talking goes on: the media has a way of its own
  }
  tell_ended(ending);
  maybe_finished();
}

url_string_t* Session::hop() const { return pin_to_peer_ ? URL_STRING_MAKE(peer_hop_.c_str()) : nullptr; }

bool Session::step(SessionEvent event) {
  const auto next = next_state(state_, event);
  if (!next) {
    kLog.line(LogLevel::debug, "{} {}: {} does not belong to {}", endpoint_, call_id_, to_string(event), to_string(state_));
    return false;
  }
  kLog.line(LogLevel::debug, "{} {}: {} -> {} ({})", endpoint_, call_id_, to_string(state_), to_string(*next), to_string(event));
  state_ = *next;
  return true;
}

void Session::tell_ended(const Ending& ending) {
  if (std::exchange(told_ended_, true)) return;
  host_.ended(channel_, ending);
}

void Session::maybe_finished() {
  if (state_ == SessionState::terminated && bye_out_ == nullptr) host_.finished(*this);
}

// A BYE needs nothing from us once it is on its way: nta retransmits it, and whatever the answer is, the dialog is over. But for a carrier
// that wants a password for it: there it would be up, and paid for, until a timer ends it.
void Session::bye(const Ending& ending) {
  if (!step(SessionEvent::bye_out)) return;
  end_reinvite(487);
  bye_reason_ = reason_of(ending);
  send_bye();
  maybe_finished();
}

void Session::hangup(const Ending& ending) {
  switch (state_) {
    case SessionState::calling:
    case SessionState::proceeding:
      cancel(ending);
      break;
    case SessionState::invited:
    case SessionState::alerting: {
      const int status = status_of(ending);
      const std::string phrase = header_text(ending.text);  // it may hold what somebody dialled
      reject(status, phrase.empty() ? phrase_of(status) : phrase.c_str(), reason_of(ending), ending.text);
      break;
    }
    // RFC 3261 15: the called side must not send BYE before the ACK or the end of waiting for it.
    case SessionState::answered:
      bye_due_ = ending;
      break;
    case SessionState::confirmed:
      bye(ending);
      break;
    case SessionState::idle:
    case SessionState::cancelling:
    case SessionState::terminated:
      break;
  }
  tell_ended(ending);
}

// RFC 3261 12.2.2: a CSeq below the last one seen is an old request that came late. (Repeated ones never get here.)
bool Session::in_order(const sip_t* sip) {
  const uint32_t cseq = sip->sip_cseq->cs_seq;
  if (sip->sip_request->rq_method != sip_method_ack && cseq < remote_cseq_) return false;
  remote_cseq_ = std::max(remote_cseq_, cseq);
  return true;
}

int Session::on_request(void* self, nta_leg_t* /*leg*/, nta_incoming_t* request, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  if (!session->in_order(sip)) {
    nta_incoming_treply(request, 500, "CSeq Out Of Order", TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  if (sip->sip_replaces != nullptr && sip->sip_request->rq_method != sip_method_ack) {
    nta_incoming_treply(request, 400, "Replaces Makes A New Dialog", TAG_END());  // RFC 3891 3
    nta_incoming_destroy(request);
    return 0;
  }
  const std::string unsupported = sip->sip_request->rq_method != sip_method_ack ? unsupported_by_us(sip) : "";
  if (!unsupported.empty()) {
    nta_incoming_treply(request, SIP_420_BAD_EXTENSION, SIPTAG_UNSUPPORTED_STR(unsupported.c_str()), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  switch (sip->sip_request->rq_method) {
    case sip_method_bye:
      return session->on_bye(request, sip);
    case sip_method_invite:
      return session->on_reinvite(request, sip);
    case sip_method_info:
      return session->on_info(request, sip);
    case sip_method_refer:
      return session->on_refer(request, sip);
    case sip_method_update:
      return session->on_update(request, sip);
    case sip_method_prack:  // of nothing that waits for it: nta has taken the others
      nta_incoming_treply(request, SIP_481_NO_TRANSACTION, TAG_END());
      nta_incoming_destroy(request);
      return 0;
    case sip_method_options:
      nta_incoming_treply(request, SIP_200_OK, SIPTAG_ALLOW(session->fixed().allow()), SIPTAG_SUPPORTED(session->fixed().supported()),
                          SIPTAG_ACCEPT_STR(kAccept), TAG_END());
      nta_incoming_destroy(request);
      return 0;
    case sip_method_message:
      nta_incoming_treply(request, 403, "Texts Go Outside Calls", TAG_END());
      nta_incoming_destroy(request);
      return 0;
    case sip_method_ack:  // of a transaction that is long gone
      nta_incoming_destroy(request);
      return 0;
    default:
      nta_incoming_treply(request, SIP_405_METHOD_NOT_ALLOWED, SIPTAG_ALLOW(session->fixed().allow()), TAG_END());
      nta_incoming_destroy(request);
      return 0;
  }
}

}  // namespace tandem
