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

}  // namespace

void read_endpoint(SectionReader& reader, EndpointSettings& e) {
  constexpr std::array<std::string_view, 4> kIdentity{"none", "pai", "rpid", "both"};
  const auto identity = reader.choice("identity", std::string(kIdentity[static_cast<size_t>(e.identity)]), {"none", "pai", "rpid", "both"});
  e.identity = static_cast<IdentityHeaders>(std::find(kIdentity.begin(), kIdentity.end(), identity) - kIdentity.begin());
  e.digits = reader.choice("dtmf", e.digits == DigitsBy::info ? "info" : "rfc4733", {"rfc4733", "info"}) == "info" ? DigitsBy::info
                                                                                                                   : DigitsBy::rfc4733;
  read_media(reader, e);
}

std::shared_ptr<const MediaPolicy> EndpointSettings::usual_media() {
  static const auto usual = std::make_shared<const MediaPolicy>();
  return usual;
}

}  // namespace tandem
