#include "media/codecs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

struct Known {
  const char* setting;  ///< as rtp.ini names it
  const char* name;
  uint32_t clock_rate;
  uint8_t channels;
  int payload_type;  ///< -1: dynamic
  bool transcodes;
};

// In the order of Format.
constexpr std::array<Known, 11> kKnown{{
    {"pcmu", "PCMU", 8000, 1, 0, true},
    {"pcma", "PCMA", 8000, 1, 8, true},
    {"l16/8000", "L16", 8000, 1, -1, true},
    {"l16/16000", "L16", 16000, 1, -1, true},
    {"g722", "G722", 8000, 1, 9, true},
    {"gsm", "GSM", 8000, 1, 3, false},
    {"g729", "G729", 8000, 1, 18, false},
    {"opus", "OPUS", 48000, 2, -1, true},
    {"", "TELEPHONE-EVENT", 8000, 1, 101, false},
    {"", "TELEPHONE-EVENT", 16000, 1, -1, false},
    {"", "TELEPHONE-EVENT", 48000, 1, -1, false},
}};

const Known* find(Format format) {
  const auto index = static_cast<size_t>(format);
  return index < kKnown.size() ? &kKnown[index] : nullptr;
}

Codec codec_of(const Known& known, uint8_t payload_type) {
  return Codec{.name = known.name, .payload_type = payload_type, .clock_rate = known.clock_rate, .channels = known.channels, .fmtp = {}};
}

/// Dynamic payload numbers in order, without the one that telephone-event has everywhere.
uint8_t next_dynamic(uint8_t& dynamic) {
  if (dynamic == 101) ++dynamic;
  return dynamic++;
}

// One for each clock rate of the audio (RFC 4733 2.2), and always the one at 8000 Hz, which is all that most phones know.
void add_events(std::vector<Codec>& codecs, uint8_t dynamic) {
  std::vector<uint32_t> rates{8000};
  for (const auto& codec : codecs) {
    if (std::find(rates.begin(), rates.end(), codec.clock_rate) == rates.end()) rates.push_back(codec.clock_rate);
  }
  for (const uint32_t rate : rates) {
    codecs.push_back({.name = kKnown[static_cast<size_t>(Format::event)].name,
                      .payload_type = rate == 8000 ? uint8_t{101} : next_dynamic(dynamic),
                      .clock_rate = rate,
                      .channels = 1,
                      .fmtp = "0-16"});
  }
}

}  // namespace

const std::vector<Codec>& default_codecs() {
  static const std::vector<Codec> codecs = *codecs_named({"pcmu", "pcma"});
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

Format format_of(const Codec& codec) {
  const auto it = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) {
    return codec.name == k.name && codec.clock_rate == k.clock_rate && codec.channels == k.channels;
  });
  return it == kKnown.end() ? Format::unknown : static_cast<Format>(it - kKnown.begin());
}

uint8_t clock_khz(Format format) {
  const Known* known = find(format);
  return known == nullptr ? 0 : static_cast<uint8_t>(known->clock_rate / 1000);
}

bool can_transcode(Format format) {
  const Known* known = find(format);
  return known != nullptr && known->transcodes;
}

Result<std::vector<Codec>> codecs_named(const std::vector<std::string>& names) {
  std::vector<Codec> codecs;
  uint8_t dynamic = 96;
  for (const auto& name : names) {
    const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return !name.empty() && name == k.setting; });
    if (known == kKnown.end()) return Error{ErrorCode::invalid, fmt::format("there is no codec \"{}\"", name)};
    const Codec codec = codec_of(*known, known->payload_type < 0 ? next_dynamic(dynamic) : static_cast<uint8_t>(known->payload_type));
    if (std::any_of(codecs.begin(), codecs.end(), [&](const Codec& c) { return c.same_format(codec); })) {
      return Error{ErrorCode::invalid, fmt::format("codec \"{}\" is named twice", name)};
    }
    codecs.push_back(codec);
  }
  if (codecs.empty()) return Error{ErrorCode::invalid, "at least one codec is needed"};
  add_events(codecs, dynamic);
  return codecs;
}

}  // namespace tandem
