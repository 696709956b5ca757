// Codecs: the payload formats that Tandem knows by name. Any thread.
#pragma once

#include <string_view>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// What we offer and accept where nothing else is configured: PCMU, PCMA, then telephone-event (RFC 4733, events 0-16). Never changes.
const std::vector<Codec>& default_codecs();

/// Every format that can be agreed on, as small numbers that a media thread compares.
enum class Format : uint8_t { pcmu, pcma, l16_8000, l16_16000, g722, gsm, g729, opus, event, event_16000, event_48000, unknown };
/// A telephone-event of whatever clock rate.
constexpr bool is_event(Format format) { return format >= Format::event && format <= Format::event_48000; }

/// Which one a codec is; unknown when it can neither be coded nor passed on.
Format format_of(const Codec& codec);
/// RTP clock rate in kHz; 0 for unknown.
uint8_t clock_khz(Format format);
/// Whether audio of it can be decoded and encoded here; the others are passed on as they are.
bool can_transcode(Format format);

}  // namespace tandem
