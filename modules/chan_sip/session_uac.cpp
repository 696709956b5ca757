// Calls that go out: the INVITE, its responses, CANCEL.
#include <fmt/compile.h>
#include <fmt/format.h>

#include <utility>

#include "diversion.h"
#include "header_fields.h"
#include "identity.h"
#include "redirect.h"
#include "session_attempt.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("sip");
constexpr auto kDefaultRetryAfter = std::chrono::seconds(5), kLongestRetryAfter = std::chrono::seconds(300);
constexpr size_t kLargestDatagram = 1300, kHeadersOfInvite = 800;  // octets; RFC 3261 18.1.1, and what our longest usual INVITE has

// RFC 3261 21.5.4.
std::chrono::seconds retry_after(const sip_t* sip) {
  if (sip == nullptr || sip->sip_retry_after == nullptr) return kDefaultRetryAfter;
  return std::min<std::chrono::seconds>(std::chrono::seconds(sip->sip_retry_after->af_delta), kLongestRetryAfter);
}

// An INVITE that has been given up: nta sends the CANCEL as soon as a provisional response allows it.
int on_late_response(void*, nta_outgoing_t* request, const sip_t*) {
  if (nta_outgoing_status(request) >= 200) nta_outgoing_destroy(request);
  return 0;
}
}  // namespace

Result<std::string> Session::invite(const OutgoingLeg& leg, const InviteTarget& target) {
  const CallerHeaders caller = caller_headers(leg.caller, domain(), target.trusted, wishes_.identity);
  auto wanted = header_lines(leg.headers);
  if (!wanted) return wanted.error();
  const std::string to = fmt::format(FMT_COMPILE("<{}>"), target.request_uri);
  caller_ = true;
  leg_ =
      nta_leg_tcreate(host_.stack().agent(), on_request, this, SIPTAG_FROM_STR(caller.from.c_str()), SIPTAG_TO_STR(to.c_str()), TAG_END());
  if (leg_ == nullptr || nta_leg_tag(leg_, nullptr) == nullptr) {
    return Error{ErrorCode::invalid, fmt::format("{} is no address that can be called", target.request_uri)};
  }
  ours_ = leg.offer;
  behind_nat_ = target.behind_nat;
  const std::string location = leg.location.empty() ? "" : fmt::format("X-Emergency-Location: {}\r\n", header_text(leg.location));
  attempt_ = std::make_unique<Attempt>(host_.loop(), leg, target);
  attempt_->body = write_body(leg.offer, nullptr);
  attempt_->headers = caller.asserted + diversion_lines(leg.diversions, domain(), target.request_uri, target.trusted, wishes_.diversions) +
                      location + std::string(target.headers) + *wanted;
  attempt_->privacy = caller.privacy;
  if (auto sent = send_invite(); !sent) return sent.error();
  step(SessionEvent::invite_out);
  return call_id_;
}

// To the hop that is in turn, with credentials if it has asked for them.
Result<void> Session::send_invite() {
  Attempt& now = *attempt_;
  const bool large = now.tcp_if_large && now.body.size() + kHeadersOfInvite > kLargestDatagram;
  sips_ = now.hop.request_uri.starts_with("sips:");
  open_dialog(now.hop.tcp || large, now.hop.flow, now.hop.next_hop);
  const std::string more = now.headers + now.credentials;
  nta_outgoing_t* const sent = nta_outgoing_tcreate(
      leg_, on_response, this, URL_STRING_MAKE(peer_hop_.c_str()), SIP_METHOD_INVITE, URL_STRING_MAKE(now.hop.request_uri.c_str()),
      NTATAG_TPORT(transport()), TAG_IF(!now.route.empty(), SIPTAG_ROUTE_STR(now.route.c_str())), SIPTAG_CONTACT(contact()),
      SIPTAG_MAX_FORWARDS_STR(now.hops_left.c_str()), SIPTAG_ALLOW(fixed().allow()), SIPTAG_SUPPORTED(fixed().supported()),
      TAG_IF(wishes_.reliable == Reliable::required, SIPTAG_REQUIRE_STR("100rel")),
      SIPTAG_USER_AGENT_STR(host_.settings().user_agent.c_str()), TAG_IF(!more.empty(), SIPTAG_HEADER_STR(more.c_str())),
      TAG_IF(!now.privacy.empty(), SIPTAG_PRIVACY_STR(now.privacy.c_str())), TAG_IF(now.emergency, SIPTAG_PRIORITY_STR("emergency")),
      SIPTAG_CONTENT_TYPE(fixed().sdp()), SIPTAG_PAYLOAD_STR(now.body.c_str()), TAG_END());
  if (sent == nullptr) return Error{ErrorCode::invalid, fmt::format("no INVITE can be sent to {}", now.hop.request_uri)};
  outgoing_ = sent;
  msg_t* request = nta_outgoing_getrequest(outgoing_);
  call_id_ = sip_object(request)->sip_call_id->i_id;
  msg_destroy(request);
  if (!now.others.empty()) now.patience.start(now.wait, [this] { no_answer(); });
  return {};
}

int Session::on_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  const int status = nta_outgoing_status(request);
  // Responses that nta makes itself (408, 503) have never been on the wire.
  const bool heard = sip != nullptr && nta_sip_is_internal(sip) == 0;
  if (session->attempt_ != nullptr && (status < 200 || heard || status == 408))
    session->host_.endpoint_reached(session->endpoint_, session->attempt_->hop.next_hop, heard);
  if (heard) {
    if (session->heard_ != nullptr) msg_destroy(session->heard_);
    session->heard_ = nta_outgoing_getresponse(request);
  }
  if (session->attempt_ != nullptr && heard) session->attempt_->patience.stop();
  if (status < 200) {
    session->provisional(sip);
  } else if (status < 300) {
    session->success(sip);
  } else {
    session->failure(sip, status, sip != nullptr && sip->sip_status != nullptr ? sip->sip_status->st_phrase : nullptr);
  }
  return 0;
}

void Session::provisional(const sip_t* sip) {
  if (!acknowledge_provisional(sip)) return;
  note_far_end(sip);
  if (!step(SessionEvent::provisional_in) || state_ == SessionState::cancelling) return;
  auto body = read_body(sip);
  if (body && *body) {
    host_.events().progress(channel_, (*body)->media);
  } else if (sip->sip_status->st_status == 180 || sip->sip_status->st_status == 182) {
    host_.events().ringing(channel_);
  }
}

void Session::success(const sip_t* sip) {
  const bool crossed = state_ == SessionState::cancelling;
  if (!step(SessionEvent::success_in)) return;
  const std::string credentials = attempt_ != nullptr ? attempt_->credentials : std::string();
  if (!credentials.empty()) {
    digest_ = std::make_unique<DigestClient>(std::move(attempt_->digest));
    digest_->accepted();
  }
  attempt_.reset();
  nta_leg_rtag(leg_, sip->sip_to->a_tag);
  nta_leg_client_route(leg_, sip->sip_record_route, sip->sip_contact);
  note_target(sip);
  acknowledge(outgoing_, sip, credentials);
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  note_far_end(sip);
  if (crossed) return bye({Cause::normal, ""});
  auto body = read_body(sip);
  if (!body || !*body) {
    const Ending ending{Cause::incompatible, body ? "answered without SDP" : body.error().message};
    kLog.line(LogLevel::notice, "{} {}: {}", endpoint_, call_id_, ending.text);
    bye(ending);
    return tell_ended(ending);
  }
  // A CANCEL of the caller that came just before has won, and the caller has been told so.
  host_.tell_endings();
  if (state_ != SessionState::confirmed) return;
  agree(sip);
  host_.events().answered(channel_, (*body)->media);
  if (offer_due_ && state_ == SessionState::confirmed) send_offer();
}

// Told before the leg's end, so that what takes its place is there when it goes.
void Session::redirect(const sip_t* sip, int status) {
  const bool elsewhere = status == 300 || status == 301 || status == 302 || status == 305;
  if (!elsewhere || !wishes_.redirects || sip == nullptr) return;
  if (const auto to = redirection_of(sip)) host_.events().redirected(channel_, *to);
}

void Session::failure(const sip_t* sip, int status, const char* phrase) {
  const bool cancelled = state_ == SessionState::cancelling;
  if (!cancelled && attempt_ != nullptr) {
    if (authorize(sip, status)) return;
    if (status == 503) host_.endpoint_busy(endpoint_, attempt_->hop.next_hop, retry_after(sip));
    if ((status == 503 || status == 408) && try_next(phrase_of(status))) return;
  }
  attempt_.reset();
  if (!step(SessionEvent::failure_in)) return;
  if (!cancelled) redirect(sip, status);
  Ending ending{cause_of_status(status), phrase != nullptr && *phrase != '\0' ? phrase : phrase_of(status), status};
  if (sip != nullptr && sip->sip_reason != nullptr)
    ending.cause = ending_from_reason(reason_text(sip->sip_reason).c_str(), ending.cause).cause;
  tell_ended(ending);
  maybe_finished();
}

// A gateway wants our password (RFC 3261 22.2, 22.3).
bool Session::authorize(const sip_t* sip, int status) {
  if ((status != 401 && status != 407) || sip == nullptr) return false;
  auto line = attempt_->digest.answer(sip, "INVITE", attempt_->hop.request_uri);
  if (!line) return false;
  attempt_->credentials = std::move(*line);
  nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
  return static_cast<bool>(send_invite());
}

// Nobody there has taken the call: the next one is asked.
bool Session::try_next(std::string_view why) {
  while (!attempt_->others.empty()) {
    kLog.line(LogLevel::notice, "{} {}: {} has not taken the call ({}), {} is tried", endpoint_, call_id_,
              attempt_->hop.next_hop.to_string(), why, attempt_->others.front().next_hop.to_string());
    if (outgoing_ != nullptr) nta_outgoing_destroy(std::exchange(outgoing_, nullptr));
    attempt_->hop = std::move(attempt_->others.front());
    attempt_->others.pop_front();
    attempt_->credentials.clear();
    if (send_invite()) return true;
  }
  return false;
}

void Session::no_answer() {
  if (state_ != SessionState::calling) return;
  host_.endpoint_reached(endpoint_, attempt_->hop.next_hop, false);
  nta_outgoing_t* const silent = std::exchange(outgoing_, nullptr);
  nta_outgoing_bind(silent, on_late_response, nullptr);
  nta_outgoing_t* const cancel = nta_outgoing_tcancel(silent, nullptr, nullptr, TAG_END());
  if (cancel != nullptr) nta_outgoing_destroy(cancel);
  if (!try_next("no answer")) failure(nullptr, 408, phrase_of(408));
}

// The branch of the INVITE lets nta repeat this ACK for each 200 that is repeated. It has the credentials that the INVITE has.
void Session::acknowledge(nta_outgoing_t* invite, const sip_t* sip, const std::string& credentials) {
  sip_cseq_t cseq[1];
  sip_cseq_init(cseq);
  cseq->cs_seq = sip->sip_cseq->cs_seq;
  cseq->cs_method = sip_method_ack;
  cseq->cs_method_name = "ACK";
  nta_outgoing_t* ack = nta_outgoing_tcreate(leg_, nullptr, nullptr, hop(), SIP_METHOD_ACK, nullptr, NTATAG_TPORT(transport()),
                                             NTATAG_ACK_BRANCH(nta_outgoing_branch(invite)), SIPTAG_CSEQ(cseq),
                                             TAG_IF(!credentials.empty(), SIPTAG_HEADER_STR(credentials.c_str())), TAG_END());
  if (ack != nullptr) nta_outgoing_destroy(ack);
}

void Session::cancel(const Ending& ending) {
  if (!step(SessionEvent::cancel_out)) return;
  const std::string reason = reason_of(ending);
  // Before any provisional response nta keeps it back until one comes (RFC 3261 9.1).
  nta_outgoing_t* request = nta_outgoing_tcancel(outgoing_, nullptr, nullptr, SIPTAG_REASON_STR(reason.c_str()), TAG_END());
  if (request != nullptr) nta_outgoing_destroy(request);
}

}  // namespace tandem
