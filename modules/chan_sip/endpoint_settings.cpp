#include "endpoint_settings.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

size_t choose(SectionReader& reader, std::string_view key, std::initializer_list<std::string_view> names, size_t fallback) {
  const std::string chosen = reader.choice(key, names.begin()[fallback], names);
  const auto found = std::find(names.begin(), names.end(), chosen);
  return found == names.end() ? fallback : static_cast<size_t>(found - names.begin());
}

SecureOffer offer_by(const EndpointSettings& e, Encryption encryption, bool tls) {
  if (e.secure_offer) return *e.secure_offer;
  if (encryption == Encryption::required) return SecureOffer::sdes;
  return tls && encryption == Encryption::optional ? SecureOffer::beside : SecureOffer::none;
}

void read_media(SectionReader& reader, EndpointSettings& e) {
  MediaPolicy media = *e.media;
  if (reader.has("codecs")) {
    auto codecs = codecs_named(reader.list("codecs"));
    if (codecs) {
      media.codecs = std::move(*codecs);
    } else {
      reader.complain("codecs", codecs.error().message);
    }
  }
  media.encryption =
      static_cast<Encryption>(choose(reader, "encryption", {"no", "optional", "required"}, static_cast<size_t>(media.encryption)));
  e.keys_in_clear =
      static_cast<KeysInClear>(choose(reader, "keys_in_clear", {"allow", "warn", "refuse"}, static_cast<size_t>(e.keys_in_clear)));
  const size_t offer = choose(reader, "secure_offer", {"none", "beside", "sdes", "webrtc", "auto"},
                              e.secure_offer ? static_cast<size_t>(*e.secure_offer) : 4);
  e.secure_offer = offer == 4 ? std::nullopt : std::optional(static_cast<SecureOffer>(offer));
  if (e.secure_offer == SecureOffer::none && media.encryption == Encryption::required)
    reader.complain("secure_offer", "cannot be none where encryption is required");
  media.video = reader.flag("video", media.video);
  media.direct = reader.flag("direct_media", media.direct);
  media.secure_offer = offer_by(e, media.encryption, true);
  e.media = std::make_shared<const MediaPolicy>(media);
  media.secure_offer = offer_by(e, media.encryption, false);
  e.media_in_clear = std::make_shared<const MediaPolicy>(std::move(media));
}

std::chrono::seconds seconds(SectionReader& reader, std::string_view key, std::chrono::seconds fallback) {
  return std::chrono::duration_cast<std::chrono::seconds>(reader.duration(key, fallback));
}

void read_dialog(SectionReader& reader, EndpointSettings& e) {
  e.timer.interval = seconds(reader, "session_timer", e.timer.interval);
  e.timer.least = seconds(reader, "session_timer_min", e.timer.least);
  if (e.timer.least.count() < 90) reader.complain("session_timer_min", "must be 90 s or more (RFC 4028)");
  if (e.timer.interval.count() != 0 && e.timer.interval < e.timer.least)
    reader.complain("session_timer", "must be 0 s, which is none, or session_timer_min at least");
  if (e.timer.interval > std::chrono::hours(24 * 7)) reader.complain("session_timer", "must be a week or less");
  constexpr std::array<std::string_view, 4> kReliable{"no", "asked", "supported", "required"};
  const auto reliable =
      reader.choice("reliable", std::string(kReliable[static_cast<size_t>(e.reliable)]), {"no", "asked", "supported", "required"});
  e.reliable = static_cast<Reliable>(std::find(kReliable.begin(), kReliable.end(), reliable) - kReliable.begin());
}

}  // namespace

void read_endpoint(SectionReader& reader, EndpointSettings& e) {
  constexpr std::array<std::string_view, 4> kIdentity{"none", "pai", "rpid", "both"};
  const auto identity = reader.choice("identity", std::string(kIdentity[static_cast<size_t>(e.identity)]), {"none", "pai", "rpid", "both"});
  e.identity = static_cast<IdentityHeaders>(std::find(kIdentity.begin(), kIdentity.end(), identity) - kIdentity.begin());
  e.diversions = static_cast<DiversionHeaders>(
      choose(reader, "diversions", {"none", "diversion", "history-info", "both"}, static_cast<size_t>(e.diversions)));
  e.digits = reader.choice("dtmf", e.digits == DigitsBy::info ? "info" : "rfc4733", {"rfc4733", "info"}) == "info" ? DigitsBy::info
                                                                                                                   : DigitsBy::rfc4733;
  read_dialog(reader, e);
  read_media(reader, e);
}

std::shared_ptr<const MediaPolicy> EndpointSettings::usual_media() {
  static const auto usual = std::make_shared<const MediaPolicy>();
  return usual;
}

}  // namespace tandem
