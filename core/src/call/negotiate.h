// Offer and answer between two legs, in protocol-neutral terms (RFC 3264): what Tandem offers one party because of what the other can do.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// `codecs` cut down to the audio formats and the telephone-event that are also in `other`; order and payload numbers of `codecs`.
std::vector<Codec> common_codecs(const std::vector<Codec>& codecs, const std::vector<Codec>& other);
/// `first`, then what `rest` has besides, under numbers that are not taken; telephone-event stays last.
std::vector<Codec> merge_codecs(std::vector<Codec> first, const std::vector<Codec>& rest);
/// Whether sound can go from one leg to the other: a format that both lists have, or one on each side that can be transcoded.
bool can_talk(const std::vector<Codec>& codecs, const std::vector<Codec>& other);
/// True when there is an audio format (not only telephone-event).
bool has_audio(const std::vector<Codec>& codecs);
/// The first audio format; null when there is none.
const Codec* first_audio(const std::vector<Codec>& codecs);

/// The direction that answers `offered` when we ourselves would do anything.
MediaDirection answer_direction(MediaDirection offered);
bool sends(MediaDirection direction);
bool receives(MediaDirection direction);

/// An answer to `offer` from `port`: one audio format, the first of `wanted` that the offer has, under the offer's payload numbers, and
/// telephone-event if both have it. unsupported when nothing fits.
Result<MediaDescription> make_answer(const MediaDescription& offer, const std::vector<Codec>& wanted, const MediaDescription& local);

}  // namespace tandem
