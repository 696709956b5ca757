#include "media/sound_codec.h"

#include <algorithm>
#include <array>

#include "media/rtp.h"

// spandsp's headers are C of another taste in warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <cstring>
extern "C" {
// They rely on this order.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
// clang-format on
}
#pragma GCC diagnostic pop

namespace tandem {
namespace {

using Table = std::array<int16_t, 256>;

template <class Expand>
Table make_table(Expand expand) {
  Table table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = expand(static_cast<uint8_t>(i));
  return table;
}

class G711Decoder final : public Decoder {
 public:
  explicit G711Decoder(const Table& table) : table_(table) {}
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) override {
    const size_t count = std::min(payload.size(), into.size());
    for (size_t i = 0; i < count; ++i) into[i] = table_[payload[i]];
    return count;
  }

 private:
  const Table& table_;
};

template <uint8_t (*compress)(int)>
class G711Encoder final : public Encoder {
 public:
  size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) override {
    const size_t count = std::min(samples.size(), into.size());
    for (size_t i = 0; i < count; ++i) into[i] = compress(samples[i]);
    return count;
  }
};

uint8_t to_mu(int sample) { return linear_to_ulaw(sample); }
uint8_t to_a(int sample) { return linear_to_alaw(sample); }

// L16 is big-endian on the wire (RFC 3551 4.5.11).
class L16Decoder final : public Decoder {
 public:
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) override {
    const size_t count = std::min(payload.size() / 2, into.size());
    for (size_t i = 0; i < count; ++i) into[i] = static_cast<int16_t>(read_16(&payload[2 * i]));
    return count;
  }
};

class L16Encoder final : public Encoder {
 public:
  size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) override {
    const size_t count = std::min(samples.size(), into.size() / 2);
    for (size_t i = 0; i < count; ++i) write_16(&into[2 * i], static_cast<uint16_t>(samples[i]));
    return 2 * count;
  }
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(Format format) {
  static const Table mu = make_table([](uint8_t code) { return ulaw_to_linear(code); });
  static const Table a = make_table([](uint8_t code) { return alaw_to_linear(code); });
  switch (format) {
    case Format::pcmu:
      return std::make_unique<G711Decoder>(mu);
    case Format::pcma:
      return std::make_unique<G711Decoder>(a);
    case Format::l16_8000:
    case Format::l16_16000:
      return std::make_unique<L16Decoder>();
    default:
      return nullptr;
  }
}

std::unique_ptr<Encoder> make_encoder(Format format) {
  switch (format) {
    case Format::pcmu:
      return std::make_unique<G711Encoder<to_mu>>();
    case Format::pcma:
      return std::make_unique<G711Encoder<to_a>>();
    case Format::l16_8000:
    case Format::l16_16000:
      return std::make_unique<L16Encoder>();
    default:
      return nullptr;
  }
}

}  // namespace tandem
