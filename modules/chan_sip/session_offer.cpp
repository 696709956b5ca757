// Offer and answer of a Session: bodies in and out, and changes of media that we start (re-INVITE with RFC 3261 14.1's glare).
#include <fmt/format.h>

#include <utility>

#include "identity.h"
#include "session.h"
#include "status.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");

bool is_sdp(const sip_t* sip) {
  const auto* type = sip->sip_content_type;
  return type != nullptr && type->c_type != nullptr && strcasecmp(type->c_type, kSdpType) == 0;
}

}  // namespace

// Empty: there is no body. ErrorCode::exists stands for a body of another type (415).
Result<std::optional<ParsedSdp>> Session::read_body(const sip_t* sip) {
  if (sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) return std::optional<ParsedSdp>();
  if (!is_sdp(sip)) return Error{ErrorCode::exists, "a body that is not SDP"};
  const SdpWishes wishes{.secure = wishes_.media->encryption != Encryption::no, .video = wishes_.media->video};
  auto parsed = parse_sdp({sip->sip_payload->pl_data, sip->sip_payload->pl_len}, wishes, layout_.empty() ? nullptr : &layout_);
  if (!parsed) return parsed.error();
  if (auto fits = judge_keys(parsed->media); !fits) return fits.error();
  return std::optional<ParsedSdp>(std::move(*parsed));
}

Result<void> Session::judge_keys(MediaDescription& media) {
  if (media.keys.empty() || wishes_.media->encryption == Encryption::no || over_tls()) return {};
  if (wishes_.keys_in_clear == KeysInClear::refuse) {
    if (media.profile == RtpProfile::sdes)
      return Error{ErrorCode::unsupported, "keys of SRTP are taken over TLS only (keys_in_clear = refuse)"};
    media.keys.clear();
    for (auto& video : media.video) video.keys.clear();
    return {};
  }
  if (wishes_.keys_in_clear == KeysInClear::warn && !std::exchange(keys_judged_, true))
    kLog.line(LogLevel::notice, "{} {}: keys of SRTP came over a connection that is not TLS: whoever is on the way can listen", endpoint_,
              call_id_);
  return {};
}

// RFC 3264 section 8: the same session id for the dialog's life, and a new version only when something changed.
std::string Session::write_body(const MediaDescription& media, const ParsedSdp* answering) {
  ours_ = media;
  layout_ = answering != nullptr ? answering->lines : layout_of_offer(media, layout_);
  std::string body = write_sdp(media, origin_, layout_, answering != nullptr);
  if (last_body_.empty() || body == last_body_) return last_body_ = std::move(body);
  ++origin_.version;
  return last_body_ = write_sdp(media, origin_, layout_, answering != nullptr);
}

std::string Session::warning(int status, std::string_view text) const {
  if (status != 488 || text.empty()) return {};
  return fmt::format("Warning: 399 {} \"{}\"\r\n", host_.stack().contact_host(), header_text(text));
}

void Session::offer(const MediaDescription& offer) {
  offer_due_ = offer;
  send_offer();
}

void Session::send_offer() {
  if (state_ != SessionState::confirmed || reinvite_out_ != nullptr || reinvite_in_ != nullptr || !offer_due_) return;
  const MediaDescription media = *offer_due_;
  const std::string body = write_body(media, nullptr);
  reinvite_proof_ = proof("INVITE");
  reinvite_out_ = nta_outgoing_tcreate(leg_, on_reinvite_response, this, hop(), SIP_METHOD_INVITE, nullptr, NTATAG_TPORT(transport()),
                                       SIPTAG_CONTACT(contact()), SIPTAG_ALLOW(fixed().allow()), SIPTAG_CONTENT_TYPE(fixed().sdp()),
                                       TAG_IF(!reinvite_proof_.empty(), SIPTAG_HEADER_STR(reinvite_proof_.c_str())),
                                       SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  if (reinvite_out_ == nullptr) offer_failed(500);
}

int Session::on_reinvite_response(void* self, nta_outgoing_t* request, const sip_t* sip) {
  auto* session = static_cast<Session*>(self);
  const int status = nta_outgoing_status(request);
  if (status < 200) return 0;
  if (status >= 300) {
    nta_outgoing_destroy(std::exchange(session->reinvite_out_, nullptr));
    if (session->proves(sip, status, "INVITE")) {
      session->send_offer();
    } else if (status == 491) {
      session->retry_offer();
    } else {
      session->offer_failed(status);
    }
    return 0;
  }
  nta_leg_client_reroute(session->leg_, nullptr, sip->sip_contact, 0);
  session->note_target(sip);
  session->proves(sip, status, "INVITE");
  session->acknowledge(request, sip, session->reinvite_proof_);
  nta_outgoing_destroy(std::exchange(session->reinvite_out_, nullptr));
  session->offer_due_.reset();
  auto body = session->read_body(sip);
  if (body && *body) {
    session->host_.events().offer_answered(session->channel_, (*body)->media);
  } else {
    session->host_.events().offer_answered(session->channel_, body ? Error{ErrorCode::unsupported, "no answer in the 200"} : body.error());
  }
  return 0;
}

void Session::offer_failed(int status) {
  offer_due_.reset();
  kLog.line(LogLevel::info, "{} {}: re-INVITE refused with {}", endpoint_, call_id_, status);
  if (status == 481 || status == 408) {  // RFC 3261 12.2.1.2: the dialog is gone
    const Ending ending{cause_of_status(status), phrase_of(status), status};
    bye(ending);
    return tell_ended(ending);
  }
  host_.events().offer_answered(channel_, Error{ErrorCode::unsupported, fmt::format("{} {}", status, phrase_of(status))});
}

// RFC 3261 14.1: who owns the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms.
void Session::retry_offer() {
  const auto steps = caller_ ? su_randint(210, 400) : su_randint(0, 200);
  retry_.start(std::chrono::milliseconds(10 * steps), [this] { send_offer(); });
}

}  // namespace tandem
