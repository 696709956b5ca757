// Signs of life and changes of name in a dialog: session timers (RFC 4028), UPDATE (RFC 3311) both ways, reliable provisional responses
// (RFC 3262).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "capabilities.h"
#include "identity.h"
#include "session.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");

int finish(nta_incoming_t* request, int status, const char* phrase) {
  nta_incoming_treply(request, status, phrase, TAG_END());
  nta_incoming_destroy(request);
  return 0;
}

}  // namespace

// Session timers.

/// True: refused with 422.
bool Session::timer_refuses(nta_incoming_t* request, const sip_t* sip) {
  const TermsAnswer answer = answer_terms(sip, wishes_.timer);
  if (answer.too_short) {
    const std::string least = std::to_string(std::max<int64_t>(wishes_.timer.least.count(), 90));
    nta_incoming_treply(request, SIP_422_SESSION_TIMER_TOO_SMALL, SIPTAG_MIN_SE_STR(least.c_str()), TAG_END());
    return true;
  }
  terms_ = answer;
  return false;
}

void Session::run_timer(const SessionTerms& terms) {
  timer_.start(
      terms, [this] { refresh(); }, [this] { session_expired(); });
}

/// With a far end that has answered us. One that knows timers and says nothing of one is asked by our first refresh.
void Session::agree(const sip_t* sip) {
  SessionTerms agreed = agreed_terms(sip);
  if (agreed.interval.count() == 0 && lists(sip->sip_supported, "timer")) agreed = {wishes_.timer.interval, true};
  run_timer(agreed);
}

void Session::session_expired() {
  if (state_ != SessionState::confirmed && state_ != SessionState::answered) return;
  kLog.line(LogLevel::notice, "{} {}: no sign of life within {} s, the call is ended", endpoint_, call_id_,
            timer_.terms().interval.count());
  const Ending ending{Cause::recovery_on_timer, "session timer expired"};
  bye(ending);
  tell_ended(ending);
}

// UPDATE where the far end takes it; else a re-INVITE with the description that is in force.
void Session::refresh() {
  if (state_ != SessionState::confirmed) return;
  if (reinvite_out_ != nullptr || reinvite_in_ != nullptr || update_out_ != nullptr || offer_in_200_) {
    return refresh_again_.start(std::chrono::seconds(2), [this] { refresh(); });
  }
  const std::string lines = asking_lines(std::max(timer_.terms().interval, least_interval_), wishes_.timer.least, "uac") + reached_lines();
  if (far_end_updates_) return send_update(lines);
  const std::string body = write_body(ours_, nullptr);
  reinvite_proof_ = proof("INVITE");
  const std::string all = lines + reinvite_proof_;
  reinvite_out_ =
      nta_outgoing_tcreate(leg_, on_refresh_response, this, hop(), SIP_METHOD_INVITE, nullptr, NTATAG_TPORT(transport()),
                           SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()), SIPTAG_SUPPORTED(fixed().supported()),
                           SIPTAG_HEADER_STR(all.c_str()), SIPTAG_CONTENT_TYPE(fixed().sdp()), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
}

void Session::send_update(const std::string& lines) {
  update_lines_ = lines;
  const std::string all = lines + proof("UPDATE");
  update_out_ = nta_outgoing_tcreate(leg_, on_refresh_response, this, hop(), SIP_METHOD_UPDATE, nullptr, NTATAG_TPORT(transport()),
                                     SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()), SIPTAG_SUPPORTED(fixed().supported()),
                                     TAG_IF(!all.empty(), SIPTAG_HEADER_STR(all.c_str())), TAG_END());
}

int Session::on_refresh_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  const bool invite = request == session->reinvite_out_;
  const bool again = session->proves(sip, status, invite ? "INVITE" : "UPDATE");
  if (status < 300) {
    nta_leg_client_reroute(session->leg_, nullptr, sip->sip_contact, 0);
    session->note_target(sip);
    if (invite) session->acknowledge(request, sip, session->reinvite_proof_);
  }
  nta_outgoing_destroy(std::exchange(invite ? session->reinvite_out_ : session->update_out_, nullptr));
  if (again && session->state_ == SessionState::confirmed) {
    if (invite) {
      session->refresh();
    } else {
      session->send_update(std::string(session->update_lines_));
    }
    return 0;
  }
  session->refreshed(status, sip, invite);
  return 0;
}

void Session::refreshed(int status, const sip_t* sip, bool with_body) {
  if (state_ != SessionState::confirmed) return;
  if (status < 300) {
    // A far end that says nothing of timers is refreshed by us all the same.
    const SessionTerms agreed = agreed_terms(sip);
    run_timer(agreed.interval.count() > 0 ? agreed : SessionTerms{timer_.terms().interval, true});
    if (with_body) {
      if (auto body = read_body(sip); body && *body) host_.events().offer_answered(channel_, (*body)->media);
    }
    if (offer_due_) send_offer();
    return;
  }
  kLog.line(LogLevel::info, "{} {}: refresh refused with {}", endpoint_, call_id_, status);
  if (status == 481 || status == 408) {
    const Ending ending{cause_of_status(status), phrase_of(status), status};
    bye(ending);
    return tell_ended(ending);
  }
  if (status == 422 && sip != nullptr && sip->sip_min_se != nullptr) {
    least_interval_ = std::chrono::seconds(std::min<unsigned long>(sip->sip_min_se->min_delta, 7UL * 24 * 3600));
    return refresh();
  }
  if (status == 405 || status == 501) far_end_updates_ = false;
  if (status == 491 || status == 500 || status == 405 || status == 501)
    refresh_again_.start(std::chrono::seconds(2), [this] { refresh(); });
  if (offer_due_) send_offer();
}

// Names.

void Session::note_far_end(const sip_t* sip) {
  if (sip->sip_allow != nullptr) far_end_updates_ = sip_is_allowed(sip->sip_allow, sip_method_update, "UPDATE") != 0;
}

void Session::connected(const Party& to) {
  const bool news = to.number != reached_.number || to.name != reached_.name;
  reached_ = to;
  if (!news || state_ != SessionState::confirmed || !far_end_updates_ || update_out_ != nullptr) return;
  if (const std::string lines = reached_lines(); !lines.empty()) send_update(lines);
}

// UPDATE of the far end: a sign of life, a new target, or an offer (RFC 3311 5.2: one at a time, as with re-INVITE).
int Session::on_update(nta_incoming_t* request, const sip_t* sip) {
  const bool early = state_ == SessionState::invited || state_ == SessionState::alerting || state_ == SessionState::proceeding;
  if (!early && state_ != SessionState::confirmed && state_ != SessionState::answered) return finish(request, SIP_481_NO_TRANSACTION);
  if (timer_refuses(request, sip)) {
    nta_incoming_destroy(request);
    return 0;
  }
  auto body = read_body(sip);
  if (!body) {
    const int status = body.error().code == ErrorCode::exists ? 415 : status_of(body.error().code);
    nta_incoming_treply(request, status, phrase_of(status), TAG_IF(status == 415, SIPTAG_ACCEPT_STR(kAccept)), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  note_far_end(sip);
  if (sip->sip_contact != nullptr) {
    nta_leg_server_route(leg_, nullptr, sip->sip_contact);
    note_target(sip);
  }
  if (!*body) {
    const std::string lines = early ? "" : terms_lines(terms_);
    nta_incoming_treply(request, SIP_200_OK, SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()),
                        SIPTAG_SUPPORTED(fixed().supported()), TAG_IF(!lines.empty(), SIPTAG_HEADER_STR(lines.c_str())), TAG_END());
    nta_incoming_destroy(request);
    if (!early) run_timer(terms_.terms);
    return 0;
  }
  if (reinvite_in_ != nullptr || early || state_ == SessionState::answered) {
    nta_incoming_treply(request, SIP_500_INTERNAL_SERVER_ERROR, SIPTAG_RETRY_AFTER_STR("2"), TAG_END());
    nta_incoming_destroy(request);
    return 0;
  }
  if (reinvite_out_ != nullptr || offer_in_200_) return finish(request, 491, nullptr);
  reinvite_in_ = request;
  nta_incoming_bind(request, nullptr, nullptr);
  their_offer_ = std::move(**body);
  host_.events().offered(channel_, their_offer_->media);
  return 0;
}

// Reliable provisional responses.

/// PRACK of a response of theirs, in its own early dialog: a call that has forked has several. False: it was here before, or comes before
/// its turn, and means nothing (RFC 3262 4).
bool Session::acknowledge_provisional(const sip_t* sip) {
  constexpr size_t kMostForks = 16;
  if (sip->sip_rseq == nullptr || !lists(sip->sip_require, "100rel")) return true;
  const char* const tag = sip->sip_to->a_tag;
  if (tag == nullptr) return false;
  const auto number = static_cast<uint32_t>(sip->sip_rseq->rs_response);
  auto known = std::find_if(acknowledged_.begin(), acknowledged_.end(), [&](const auto& one) { return one.first == tag; });
  if (known != acknowledged_.end() && number != known->second + 1) return false;
  if (known == acknowledged_.end()) {
    if (acknowledged_.size() >= kMostForks) return false;
    known = acknowledged_.emplace(acknowledged_.end(), tag, 0);
  }
  known->second = number;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  const std::string rack = fmt::format("{} {} INVITE", number, sip->sip_cseq->cs_seq);
  const sip_route_t* const route = sip->sip_record_route != nullptr ? sip_route_reverse(home, sip->sip_record_route) : nullptr;
  const url_t* const target = sip->sip_contact != nullptr ? sip->sip_contact->m_url : nullptr;
  nta_outgoing_t* const prack = nta_outgoing_tcreate(
      leg_, nullptr, nullptr, URL_STRING_MAKE(peer_hop_.c_str()), SIP_METHOD_PRACK, reinterpret_cast<const url_string_t*>(target),
      NTATAG_TPORT(transport()), SIPTAG_TO(sip->sip_to), TAG_IF(route, SIPTAG_ROUTE(route)), SIPTAG_RACK_STR(rack.c_str()), TAG_END());
  if (prack != nullptr) nta_outgoing_destroy(prack);
  su_home_deinit(home);
  return true;
}

bool Session::asks_for_reliable(const sip_t* sip) const {
  if (wishes_.reliable == Reliable::no) return false;
  if (lists(sip->sip_require, "100rel")) return true;
  return wishes_.reliable != Reliable::asked && lists(sip->sip_supported, "100rel");
}

template <class... Tags>
void Session::send_provisional(int status, const char* phrase, Tags... tags) {
  if (!reliable_) {
    nta_incoming_treply(incoming_, status, phrase, tags..., TAG_END());
    return;
  }
  nta_reliable_t* const one = nta_reliable_treply(incoming_, on_prack, this, status, phrase, tags..., TAG_END());
  if (one != nullptr) unacknowledged_.push_back(one);
}

/// Without a PRACK for 64*T1 nta calls with nothing: the far end has gone (RFC 3262 3: a 5xx).
int Session::on_prack(void* self, nta_reliable_t* response, nta_incoming_t* prack, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  std::erase(session->unacknowledged_, response);
  nta_reliable_destroy(response);
  if (prack == nullptr || sip == nullptr) {
    const Ending ending{Cause::recovery_on_timer, "no PRACK"};
    session->reject(504, phrase_of(504), reason_of(ending));
    session->tell_ended(ending);
    return 0;
  }
  return sip->sip_payload != nullptr && sip->sip_payload->pl_len > 0 ? 488 : 200;  // an offer in PRACK has nothing to answer it with yet
}

void Session::provisional_out(int status, const char* phrase, const std::string& lines, const std::string* body) {
  send_provisional(status, phrase, SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()), SIPTAG_SUPPORTED(fixed().supported()),
                   TAG_IF(!lines.empty(), SIPTAG_HEADER_STR(lines.c_str())), TAG_IF(body != nullptr, SIPTAG_CONTENT_TYPE(fixed().sdp())),
                   TAG_IF(body != nullptr, SIPTAG_PAYLOAD_STR(body != nullptr ? body->c_str() : nullptr)));
}

}  // namespace tandem
