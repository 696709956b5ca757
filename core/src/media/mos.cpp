#include "media/mos.h"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

/// Equipment impairment and robustness against loss (ITU-T G.113, appendix I); for wide-band codecs as a narrow-band scale has room for.
struct Impairment {
  double ie, bpl;
};

Impairment impairment_of(Format format) {
  switch (format) {
    case Format::g729:
      return {11, 19};
    case Format::gsm:
      return {20, 43};
    case Format::opus:
      return {0, 30};
    default:
      return {0, 25.1};  // G.711 and its like, with concealment
  }
}

}  // namespace

uint16_t estimate_mos(const Heard& heard) {
  if (heard.received == 0) return 0;
  constexpr double kBest = 93.2;     // all else as G.107 has it by default
  constexpr double kPacketing = 30;  // ms: one packet, and the sound card at both ends
  const Impairment codec = impairment_of(heard.format);
  const double loss = 100.0 * static_cast<double>(heard.lost) / static_cast<double>(heard.received + heard.lost);
  // The far end's jitter buffer holds about twice the jitter.
  const double delay =
      static_cast<double>(heard.round_trip.count()) / 2000 + 2 * static_cast<double>(heard.jitter.count()) / 1000 + kPacketing;
  const double by_delay = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  const double by_loss = codec.ie + (95 - codec.ie) * loss / (loss + codec.bpl);
  const double r = std::clamp(kBest - by_delay - by_loss, 0.0, 100.0);
  const double mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
  return static_cast<uint16_t>(std::lround(100 * std::clamp(mos, 1.0, 4.5)));
}

}  // namespace tandem
