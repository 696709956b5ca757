// Offer and answer between two legs, in protocol-neutral terms (RFC 3264): what Tandem offers one party because of what the other can do.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// `codecs` cut down to the audio formats and the telephone-event that are also in `other`; order and payload numbers of `codecs`.
std::vector<Codec> common_codecs(const std::vector<Codec>& codecs, const std::vector<Codec>& other);
/// `first`, then what `rest` has besides, under numbers that are not taken; telephone-event stays last.
std::vector<Codec> merge_codecs(std::vector<Codec> first, const std::vector<Codec>& rest);
/// What to offer a party that may have `allowed`, because of the other one, which talks in `other`: what both have, as it stands in
/// `other`, then what `other` can be transcoded to. In the order of `allowed` when that was `chosen` for this party, else what both have
/// first. Telephone-event of each clock rate that is left.
std::vector<Codec> codecs_to_offer(const std::vector<Codec>& allowed, bool chosen, const std::vector<Codec>& other);
/// Whether sound can go from one leg to the other: a format that both lists have, or one on each side that can be transcoded.
bool can_talk(const std::vector<Codec>& codecs, const std::vector<Codec>& other);
/// True when there is an audio format (not only telephone-event).
bool has_audio(const std::vector<Codec>& codecs);
/// The first audio format; null when there is none.
const Codec* first_audio(const std::vector<Codec>& codecs);
/// The events that both lists name ("0-15", "0-11,16"), as such a list; an empty list names 0 to 15 (RFC 4733 2.4.1).
std::string common_events(const std::string& a, const std::string& b);

/// The direction that answers `offered` when we ourselves would do anything.
MediaDirection answer_direction(MediaDirection offered);
bool sends(MediaDirection direction);
bool receives(MediaDirection direction);

/// An answer to `offer` from `local`'s address: one audio format, the first of `wanted` that the offer has, under the offer's payload
/// numbers and with the parameters of `wanted`, and the telephone-event that goes with it if both have one. Other streams are refused.
/// unsupported when nothing fits.
Result<MediaDescription> make_answer(const MediaDescription& offer, const std::vector<Codec>& wanted, const MediaDescription& local);

/// What dynamic payload numbers have meant between us and one party. Within a session a number never gets another meaning (RFC 3264
/// 8.3.2): a packet on its way would be decoded as what it is not.
class PayloadNumbers {
 public:
  void learn(const std::vector<Codec>& codecs);
  /// Gives each codec of an offer of ours the number that it has had before, or one that nothing has had.
  void fit(std::vector<Codec>& codecs) const;

 private:
  uint8_t number_for(const Codec& codec, const std::vector<Codec>& codecs) const;
  std::vector<Codec> known_;
};

}  // namespace tandem
