// Calls that come in: the INVITE, our responses to it, CANCEL and ACK.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "diversion.h"
#include "identity.h"
#include "session.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");

IncomingLeg leg_from(ChannelId channel, const sip_t* sip, const Origin& origin, bool trusted, IdentityHeaders believed) {
  IncomingLeg leg;
  leg.channel = channel;
  leg.endpoint = origin.endpoint;
  leg.context = origin.context;
  leg.is_device = origin.is_device;
  leg.dialled = dialled_number(sip);
  leg.protocol_id = sip->sip_call_id->i_id;
  leg.source = origin.source;
  if (origin.is_device) {
    leg.caller.restricted = asks_for_privacy(sip);
  } else {
    leg.caller = caller_of(sip, trusted, believed);
    leg.diversions = diversions_of(sip);
  }
  if (sip->sip_max_forwards != nullptr) leg.hops_left = static_cast<uint8_t>(std::min<unsigned long>(sip->sip_max_forwards->mf_count, 255));
  return leg;
}

}  // namespace

Result<IncomingLeg> Session::accept_invite(msg_t* msg, sip_t* sip, const Origin& origin) {
  step(SessionEvent::invite_in);
  call_id_ = sip->sip_call_id->i_id;
  remote_cseq_ = sip->sip_cseq->cs_seq;
  sips_ = sip->sip_request->rq_url->url_type == url_sips;
  open_dialog(origin.flow != 0, origin.flow, origin.source);
  leg_ = nta_leg_tcreate(host_.stack().agent(), on_request, this, SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to),
                         SIPTAG_TO(sip->sip_from), TAG_END());
  const char* tag = leg_ != nullptr ? nta_leg_tag(leg_, nullptr) : nullptr;
  if (tag == nullptr) {
    nta_msg_treply(host_.stack().agent(), msg, SIP_500_INTERNAL_SERVER_ERROR, TAG_END());
    return Error{ErrorCode::internal, "no dialog could be made"};
  }
  nta_leg_server_route(leg_, sip->sip_record_route, sip->sip_contact);
  behind_nat_ = origin.device && origin.device->behind_nat;
  note_target(sip);
  incoming_ = nta_incoming_create(host_.stack().agent(), leg_, msg, sip, TAG_END());
  if (incoming_ == nullptr) return Error{ErrorCode::internal, "no transaction could be made"};
  nta_incoming_tag(incoming_, tag);
  nta_incoming_bind(incoming_, on_ack_or_cancel, this);
  heard_ = nta_incoming_getrequest(incoming_);

  if (sip->sip_contact == nullptr) {
    reject(400, "Missing Contact", "");
    return Error{ErrorCode::invalid, "INVITE without Contact"};
  }
  if (wishes_.reliable == Reliable::no && lists(sip->sip_require, "100rel")) {
    reject(420, phrase_of(420), "");
    return Error{ErrorCode::unsupported, "INVITE wants reliable provisional responses"};
  }
  if (wishes_.reliable == Reliable::required && !lists(sip->sip_supported, "100rel") && !lists(sip->sip_require, "100rel")) {
    reject(421, phrase_of(421), "");
    return Error{ErrorCode::unsupported, "INVITE without reliable provisional responses"};
  }
  if (timer_refuses(incoming_, sip)) {
    step(SessionEvent::failure_out);
    maybe_finished();
    return Error{ErrorCode::unsupported, "session timer too short"};
  }
  reliable_ = asks_for_reliable(sip);
  note_far_end(sip);
  auto body = read_body(sip);
  if (!body) {
    const int status = body.error().code == ErrorCode::exists ? 415 : status_of(body.error().code);
    reject(status, phrase_of(status), "", body.error().message);
    return body.error();
  }
  const auto place = wanted_place(sip, origin);
  if (!place) return place.error();
  auto leg = leg_from(channel_, sip, origin, trusted_, wishes_.identity);
  leg.replaces = *place;
  if (*body) {
    leg.offer = (*body)->media;
    their_offer_ = std::move(**body);
  } else {
    offer_in_200_ = true;
  }
  return leg;
}

// Whose place a phone may take is for the core to say. A trunk's other side may have that of its own legs alone, and learns of no other.
Result<ChannelId> Session::wanted_place(const sip_t* sip, const Origin& origin) {
  const ReplacesWish wish = read_replaces(sip);
  if (wish.wrong != nullptr) {
    reject(400, wish.wrong, "");
    return Error{ErrorCode::invalid, wish.wrong};
  }
  if (!wish.dialog) return ChannelId{0};
  const SessionHost::Place place = host_.place_of(*wish.dialog);
  const bool strange = !origin.is_device && place.endpoint != origin.endpoint;
  const int status = strange ? 481 : refusal_of_replaces(place.phase, wish.early_only);
  if (status == 0) return place.channel;
  reject(status, phrase_of(status), "");
  return Error{ErrorCode::not_found, fmt::format("Replaces: {} {}", status, phrase_of(status))};
}

void Session::trying() {
  if (state_ == SessionState::invited && incoming_ != nullptr && nta_incoming_status(incoming_) < 100)
    nta_incoming_treply(incoming_, SIP_100_TRYING, TAG_END());
}

void Session::ring() {
  if (!step(SessionEvent::provisional_out)) return;
  provisional_out(SIP_180_RINGING, reached_lines(), nullptr);
}

void Session::progress(const MediaDescription& answer) {
  if (!step(SessionEvent::provisional_out)) return;
  const std::string body = write_body(answer, their_offer_ ? &*their_offer_ : nullptr);
  provisional_out(SIP_183_SESSION_PROGRESS, reached_lines(), &body);
}

void Session::answer(const MediaDescription& description) {
  if (!step(SessionEvent::success_out)) return;
  const std::string body = write_body(description, their_offer_ ? &*their_offer_ : nullptr);
  const std::string lines = reached_lines() + terms_lines(terms_);
  nta_incoming_treply(incoming_, SIP_200_OK, SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()),
                      SIPTAG_SUPPORTED(fixed().supported()), TAG_IF(!lines.empty(), SIPTAG_HEADER_STR(lines.c_str())),
                      SIPTAG_CONTENT_TYPE(fixed().sdp()), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  run_timer(terms_.terms);
}

void Session::reject(int status, const char* phrase, const std::string& reason, std::string_view why) {
  if (!step(SessionEvent::failure_out)) return;
  const std::string more = warning(status, why);
  const std::string retry = status == 503 ? "2" : "";
  nta_incoming_treply(incoming_, status, phrase, TAG_IF(!reason.empty(), SIPTAG_REASON_STR(reason.c_str())),
                      TAG_IF(status == 415, SIPTAG_ACCEPT_STR(kAccept)), TAG_IF(status == 420, SIPTAG_UNSUPPORTED_STR("100rel")),
                      TAG_IF(status == 421, SIPTAG_REQUIRE_STR("100rel")), TAG_IF(!retry.empty(), SIPTAG_RETRY_AFTER_STR(retry.c_str())),
                      TAG_IF(!more.empty(), SIPTAG_HEADER_STR(more.c_str())), TAG_END());
  maybe_finished();
}

// nta calls with sip == null when the ACK to our 200 has not come within 64*T1.
int Session::on_ack_or_cancel(void* self, nta_incoming_t* /*request*/, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  if (sip == nullptr) {
    if (!session->step(SessionEvent::ack_missing)) return 0;
    kLog.line(LogLevel::notice, "{} {}: no ACK to our 200", session->endpoint_, session->call_id_);
    const Ending ending = session->bye_due_.value_or(Ending{Cause::recovery_on_timer, "no ACK"});
    session->bye(ending);
    session->tell_ended(ending);
    return 0;
  }
  if (sip->sip_request->rq_method == sip_method_ack) {
    session->ack_received(sip);
  } else if (session->step(SessionEvent::cancel_in)) {
    // nta has answered the CANCEL and answers the INVITE with 487 when we return.
    session->tell_ended(ending_from_reason(sip->sip_reason != nullptr ? reason_text(sip->sip_reason).c_str() : nullptr, Cause::normal));
    session->maybe_finished();
  }
  return 0;
}

void Session::ack_received(const sip_t* sip) {
  if (!step(SessionEvent::ack_in)) return;
  for (nta_reliable_t* one : std::exchange(unacknowledged_, {})) nta_reliable_destroy(one);
  if (incoming_ != nullptr) nta_incoming_destroy(std::exchange(incoming_, nullptr));
  if (bye_due_) return bye(*bye_due_);
  if (offer_in_200_) {
    offer_in_200_ = false;
    auto body = read_body(sip);
    if (body && *body) {
      host_.events().offer_answered(channel_, (*body)->media);
    } else {
      host_.events().offer_answered(channel_, body ? Error{ErrorCode::unsupported, "no answer in the ACK"} : body.error());
    }
  }
  if (offer_due_) send_offer();
}

}  // namespace tandem
