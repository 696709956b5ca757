// Requests inside a dialog that come from the far end: BYE, re-INVITE, INFO.
#include <utility>

#include "dtmf_info.h"
#include "identity.h"
#include "session.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");

// One answer and the transaction is nta's alone.
int finish(nta_incoming_t* request, int status, const char* phrase) {
  nta_incoming_treply(request, status, phrase, TAG_END());
  nta_incoming_destroy(request);
  return 0;
}

}  // namespace

int Session::on_bye(nta_incoming_t* request, const sip_t* sip) {
  const bool early = state_ == SessionState::invited || state_ == SessionState::alerting;
  if (!step(SessionEvent::bye_in)) return finish(request, state_ == SessionState::terminated ? 200 : 481, nullptr);
  end_reinvite(487);
  if (early && incoming_ != nullptr) nta_incoming_treply(incoming_, SIP_487_REQUEST_TERMINATED, TAG_END());
  const Ending ending = ending_from_reason(reason_text(sip->sip_reason).c_str(), Cause::normal);
  host_.bye_waits(channel_, request);
  tell_ended(ending);
  maybe_finished();
  return 0;
}

// RFC 3261 14.2: an offer of ours that is still out is glare (491); a re-INVITE of theirs that is still open must wait (500, Retry-After).
int Session::on_reinvite(nta_incoming_t* request, const sip_t* sip) {
  if (reinvite_in_ != nullptr || state_ == SessionState::invited || state_ == SessionState::alerting) {
    nta_incoming_treply(request, SIP_500_INTERNAL_SERVER_ERROR, SIPTAG_RETRY_AFTER_STR("2"), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  if (reinvite_out_ != nullptr || offer_in_200_) return finish(request, 491, nullptr);
  if (state_ != SessionState::confirmed && state_ != SessionState::answered) return finish(request, 481, nullptr);
  if (timer_refuses(request, sip)) {
    nta_incoming_destroy(request);
    return 0;
  }
  note_far_end(sip);
  auto body = read_body(sip);
  if (!body) {
    const int status = body.error().code == ErrorCode::exists ? 415 : status_of(body.error().code);
    const std::string more = warning(status, body.error().message);
    nta_incoming_treply(request, status, phrase_of(status), TAG_IF(!more.empty(), SIPTAG_HEADER_STR(more.c_str())), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  nta_leg_server_route(leg_, nullptr, sip->sip_contact);
  note_target(sip);
  reinvite_in_ = request;
  nta_incoming_bind(request, on_reinvite_ack_or_cancel, this);
  nta_incoming_treply(request, SIP_100_TRYING, TAG_END());
  if (*body) {
    their_offer_ = std::move(**body);
    host_.events().offered(channel_, their_offer_->media);
  } else {
    offer_in_reinvite_200_ = true;
    their_offer_.reset();
    host_.events().offer_wanted(channel_);
  }
  return 0;
}

int Session::on_reinvite_ack_or_cancel(void* self, nta_incoming_t* /*request*/, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  if (session->reinvite_in_ == nullptr) return 0;
  if (sip == nullptr) {
    kLog.line(LogLevel::notice, "{} {}: no ACK to our 200 to a re-INVITE", session->endpoint_, session->call_id_);
    const Ending ending{Cause::recovery_on_timer, "no ACK"};
    session->bye(ending);
    session->tell_ended(ending);
    return 0;
  }
  // After a CANCEL nta answers 487 by itself and the ACK to that ends it.
  if (sip->sip_request->rq_method != sip_method_ack) return 0;
  const bool want_answer = std::exchange(session->offer_in_reinvite_200_, false);
  nta_incoming_destroy(std::exchange(session->reinvite_in_, nullptr));
  if (want_answer) {
    auto body = session->read_body(sip);
    if (body && *body) session->host_.events().offer_answered(session->channel_, (*body)->media);
  }
  if (session->offer_due_) session->send_offer();
  return 0;
}

void Session::end_reinvite(int status) {
  retry_.stop();
  timer_.stop();
  refresh_again_.stop();
  offer_due_.reset();
  if (update_out_ != nullptr) nta_outgoing_destroy(std::exchange(update_out_, nullptr));
  if (reinvite_in_ != nullptr) {
    if (nta_incoming_status(reinvite_in_) < 200) nta_incoming_treply(reinvite_in_, status, phrase_of(status), TAG_END());
    nta_incoming_destroy(std::exchange(reinvite_in_, nullptr));
  }
  if (reinvite_out_ != nullptr) nta_outgoing_destroy(std::exchange(reinvite_out_, nullptr));
}

void Session::accept(const MediaDescription& answer) {
  if (reinvite_in_ == nullptr || nta_incoming_status(reinvite_in_) >= 200) return;
  const std::string body = write_body(answer, offer_in_reinvite_200_ || !their_offer_ ? nullptr : &*their_offer_);
  const std::string lines = terms_lines(terms_);
  nta_incoming_treply(reinvite_in_, SIP_200_OK, SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()),
                      SIPTAG_SUPPORTED(fixed().supported()), TAG_IF(!lines.empty(), SIPTAG_HEADER_STR(lines.c_str())),
                      SIPTAG_CONTENT_TYPE(fixed().sdp()), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  run_timer(terms_.terms);
  // No ACK follows the 200 of an UPDATE.
  if (nta_incoming_method(reinvite_in_) == sip_method_update) nta_incoming_destroy(std::exchange(reinvite_in_, nullptr));
}

void Session::refuse(const Error& why) {
  if (reinvite_in_ == nullptr || nta_incoming_status(reinvite_in_) >= 200) return;
  offer_in_reinvite_200_ = false;
  const int status = status_of(why.code);
  const std::string more = warning(status, why.message);
  nta_incoming_treply(reinvite_in_, status, phrase_of(status), TAG_IF(!more.empty(), SIPTAG_HEADER_STR(more.c_str())), TAG_END());
  nta_incoming_destroy(std::exchange(reinvite_in_, nullptr));
}

// RFC 6086 leaves INFO without a body as a mere probe; packages of digits come with their own Content-Type.
int Session::on_info(nta_incoming_t* request, const sip_t* sip) {
  if (sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) return finish(request, 200, nullptr);
  const char* const type = sip->sip_content_type != nullptr ? sip->sip_content_type->c_type : nullptr;
  const auto digit = parse_info_digit(type != nullptr ? type : "", {sip->sip_payload->pl_data, sip->sip_payload->pl_len});
  if (digit) {
    finish(request, 200, nullptr);
    host_.events().digit(channel_, *digit);
    return 0;
  }
  if (digit.error().code == ErrorCode::invalid) return finish(request, 400, "No Digit In The Body");
  nta_incoming_treply(request, SIP_415_UNSUPPORTED_MEDIA, SIPTAG_ACCEPT_STR(kDtmfTypes), TAG_END());
  nta_incoming_destroy(request);
  return 0;
}

bool Session::digit(char digit, std::chrono::milliseconds length) {
  constexpr size_t kMostWaiting = 64;
  if (wishes_.digits != DigitsBy::info) return false;
  if (digits_due_.size() < kMostWaiting) digits_due_.emplace_back(digit, length);
  send_digit();
  return true;
}

// One at a time: datagrams overtake one another, and a number with its digits in another order is another number.
void Session::send_digit() {
  if (state_ != SessionState::confirmed || info_out_ != nullptr || digits_due_.empty()) return;
  digit_out_ = digits_due_.front();
  digits_due_.pop_front();
  const std::string body = info_body(digit_out_.first, digit_out_.second), credentials = proof("INFO");
  info_out_ = nta_outgoing_tcreate(leg_, on_info_response, this, hop(), SIP_METHOD_INFO, nullptr, NTATAG_TPORT(transport()),
                                   TAG_IF(!credentials.empty(), SIPTAG_HEADER_STR(credentials.c_str())),
                                   SIPTAG_CONTENT_TYPE_STR(kDtmfRelayType), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
}

// Whatever the answer: the digit has been said once, and the next one waits.
int Session::on_info_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  if (session->proves(sip, status, "INFO")) {
    session->digits_due_.push_front(session->digit_out_);
  } else if (status >= 300)
    kLog.line(LogLevel::info, "{} {}: a digit was refused with {}", session->endpoint_, session->call_id_, status);
  nta_outgoing_destroy(std::exchange(session->info_out_, nullptr));
  session->send_digit();
  return 0;
}

}  // namespace tandem
