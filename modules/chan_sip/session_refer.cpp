// Calls that are sent on: REFER of a party of the call, and the NOTIFYs that tell it how that goes (RFC 3515, 5589).
#include <fmt/format.h>

#include <utility>

#include "identity.h"
#include "refer.h"
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

int Session::on_refer(nta_incoming_t* request, const sip_t* sip) {
  if (state_ != SessionState::confirmed) return finish(request, 603, "Not While The Call Is Not Up");
  if (refer_ && !refer_->over) return finish(request, 491, phrase_of(491));
  const ReferRequest asked = read_refer(sip);
  if (asked.status != 202) return finish(request, asked.status, asked.phrase);
  TransferRequest wish{asked.number, 0};
  if (asked.replaces) {
    wish.other = host_.channel_of(*asked.replaces);
    if (wish.other == 0) return finish(request, SIP_481_NO_TRANSACTION);  // somebody else's, or over
  }
  // Answered before anything happens, so that no NOTIFY overtakes it; what cannot be done is then told by NOTIFY (RFC 3515 2.4.2).
  nta_incoming_treply(request, SIP_202_ACCEPTED, SIPTAG_CONTACT(contact()), TAG_IF(asked.silent, SIPTAG_HEADER_STR("Refer-Sub: false")),
                      TAG_END());
  nta_incoming_destroy(request);
  refer_ = std::make_unique<Refer>();
  refer_->id = sip->sip_cseq->cs_seq;
  refer_->by = asked.by;
  refer_->silent = asked.silent;
  say(100, "Trying", false);
  if (auto taken = host_.events().transfer(channel_, wish); !taken) {
    kLog.line(LogLevel::info, "{} {}: REFER to {} refused: {}", endpoint_, call_id_, asked.replaces ? "a call" : asked.number,
              taken.error().message);
    const int status = status_of(taken.error().code);
    say(status, phrase_of(status), true);
  }
  return 0;
}

void Session::transferred(const TransferProgress& progress) {
  if (!refer_ || refer_->over) return;
  switch (progress.step) {
    case TransferProgress::Step::ringing:
      return say(180, "Ringing", false);
    case TransferProgress::Step::answered:
      return say(200, "OK", true);
    case TransferProgress::Step::failed: {
      const int status = status_of(progress.why);
      return say(status, phrase_of(status), true);
    }
  }
}

/// The newest word counts; one NOTIFY is under way at a time, but for the last one, which is never left out.
void Session::say(int status, const char* phrase, bool last) {
  refer_->status = status;
  refer_->phrase = phrase;
  refer_->over = last;
  refer_->due = !refer_->silent;
  send_sipfrag();
}

void Session::send_sipfrag() {
  if (!refer_ || !refer_->due || state_ != SessionState::confirmed) return;
  // A BYE of ours may follow at once, so the last word waits for no answer to the one before.
  if (notify_out_ != nullptr && !refer_->over) return;
  if (notify_out_ != nullptr) nta_outgoing_destroy(std::exchange(notify_out_, nullptr));
  refer_->due = false;
  const std::string event = fmt::format("refer;id={}", refer_->id), body = sipfrag(refer_->status, refer_->phrase);
  const std::string credentials = proof("NOTIFY");
  notify_out_ = nta_outgoing_tcreate(leg_, on_notify_response, this, hop(), SIP_METHOD_NOTIFY, nullptr, NTATAG_TPORT(transport()),
                                     SIPTAG_CONTACT(contact()), SIPTAG_EVENT_STR(event.c_str()),
                                     SIPTAG_SUBSCRIPTION_STATE_STR(refer_->over ? "terminated;reason=noresource" : "active;expires=180"),
                                     TAG_IF(!credentials.empty(), SIPTAG_HEADER_STR(credentials.c_str())),
                                     SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
}

// Who refuses to hear of it hears no more; the transfer goes on.
int Session::on_notify_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  auto* session = static_cast<Session*>(self);
  nta_outgoing_destroy(std::exchange(session->notify_out_, nullptr));
  if (session->proves(sip, status, "NOTIFY") && session->refer_) {
    session->refer_->due = true;
  } else if (status >= 300 && session->refer_) {
    session->refer_->silent = true;
  }
  if (session->refer_ && session->refer_->silent) session->refer_->due = false;
  session->send_sipfrag();
  return 0;
}

}  // namespace tandem
