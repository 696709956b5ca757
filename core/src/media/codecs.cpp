#include "media/codecs.h"

#include <algorithm>

namespace tandem {
namespace {

struct StaticFormat {
  uint8_t payload_type;
  const char* name;
  uint32_t clock_rate;
  uint8_t channels;
};

constexpr StaticFormat kStaticFormats[] = {
    {0, "PCMU", 8000, 1},   {3, "GSM", 8000, 1},   {4, "G723", 8000, 1},  {5, "DVI4", 8000, 1},  {6, "DVI4", 16000, 1},
    {7, "LPC", 8000, 1},    {8, "PCMA", 8000, 1},  {9, "G722", 8000, 1},  {10, "L16", 44100, 2}, {11, "L16", 44100, 1},
    {12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},   {14, "MPA", 90000, 1}, {15, "G728", 8000, 1}, {16, "DVI4", 11025, 1},
    {17, "DVI4", 22050, 1}, {18, "G729", 8000, 1},
};

}  // namespace

const std::vector<Codec>& default_codecs() {
  static const std::vector<Codec> codecs{
      Codec{.name = "PCMU", .payload_type = 0},
      Codec{.name = "PCMA", .payload_type = 8},
      Codec{.name = "TELEPHONE-EVENT", .payload_type = 101, .fmtp = "0-16"},
  };
  return codecs;
}

std::optional<Codec> static_codec(uint8_t payload_type) {
  for (const auto& f : kStaticFormats) {
    if (f.payload_type == payload_type) {
      return Codec{.name = f.name, .payload_type = f.payload_type, .clock_rate = f.clock_rate, .channels = f.channels, .fmtp = {}};
    }
  }
  return std::nullopt;
}

PayloadMap payload_map(const MediaDescription& ours, const MediaDescription& theirs) {
  PayloadMap map;
  for (const auto& in : ours.codecs) {
    // A number that is used twice means what it meant first, as in the description itself.
    if (in.payload_type >= map.out.size() || map.out[in.payload_type] != PayloadMap::kDrop) continue;
    const auto out = std::find_if(theirs.codecs.begin(), theirs.codecs.end(), [&](const Codec& c) { return c.same_format(in); });
    if (out != theirs.codecs.end() && out->payload_type < map.out.size()) map.out[in.payload_type] = out->payload_type;
  }
  return map;
}

}  // namespace tandem
