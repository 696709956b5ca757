#include "media/sound_codec.h"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

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
#include <spandsp/g722.h>
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
  uint8_t khz() const override { return 8; }
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
  uint8_t khz() const override { return 8; }
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
  explicit L16Decoder(uint8_t khz) : khz_(khz) {}
  uint8_t khz() const override { return khz_; }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) override {
    const size_t count = std::min(payload.size() / 2, into.size());
    for (size_t i = 0; i < count; ++i) into[i] = static_cast<int16_t>(read_16(&payload[2 * i]));
    return count;
  }

 private:
  const uint8_t khz_;
};

class L16Encoder final : public Encoder {
 public:
  explicit L16Encoder(uint8_t khz) : khz_(khz) {}
  uint8_t khz() const override { return khz_; }
  size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) override {
    const size_t count = std::min(samples.size(), into.size() / 2);
    for (size_t i = 0; i < count; ++i) write_16(&into[2 * i], static_cast<uint16_t>(samples[i]));
    return 2 * count;
  }

 private:
  const uint8_t khz_;
};

// At 8 kHz the lower of its two bands alone is coded, which costs half and needs no resampling.
constexpr int kG722Rate = 64000;

class G722Decoder final : public Decoder {
 public:
  explicit G722Decoder(uint8_t khz) : khz_(khz), state_(g722_decode_init(nullptr, kG722Rate, khz == 8 ? G722_SAMPLE_RATE_8000 : 0)) {
    if (!state_) throw std::bad_alloc();
  }
  uint8_t khz() const override { return khz_; }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) override {
    const size_t each = khz_ / 8U, count = std::min(payload.size(), into.size() / each);
    return static_cast<size_t>(g722_decode(state_.get(), into.data(), payload.data(), static_cast<int>(count)));
  }

 private:
  struct Free {
    void operator()(g722_decode_state_t* state) const { g722_decode_free(state); }
  };
  const uint8_t khz_;
  const std::unique_ptr<g722_decode_state_t, Free> state_;
};

class G722Encoder final : public Encoder {
 public:
  explicit G722Encoder(uint8_t khz) : khz_(khz), state_(g722_encode_init(nullptr, kG722Rate, khz == 8 ? G722_SAMPLE_RATE_8000 : 0)) {
    if (!state_) throw std::bad_alloc();
  }
  uint8_t khz() const override { return khz_; }
  size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) override {
    const size_t each = khz_ / 8U, count = std::min(samples.size(), into.size() * each) / each * each;
    return static_cast<size_t>(g722_encode(state_.get(), into.data(), samples.data(), static_cast<int>(count)));
  }

 private:
  struct Free {
    void operator()(g722_encode_state_t* state) const { g722_encode_free(state); }
  };
  const uint8_t khz_;
  const std::unique_ptr<g722_encode_state_t, Free> state_;
};

class OpusSoundDecoder final : public Decoder {
 public:
  explicit OpusSoundDecoder(uint8_t khz) : khz_(khz), state_(opus_decoder_create(khz * 1000, 1, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }
  uint8_t khz() const override { return khz_; }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) override { return run(payload, into, 0); }
  bool conceal(std::span<const uint8_t> next, std::span<int16_t> into) override {
    // Frames of 2.5 ms are its smallest; a copy in the next packet stands for the last one that is missing.
    const size_t step = khz_ * 20U;
    while (!into.empty()) {
      const size_t count = std::min(step, into.size());
      const bool copy = count == into.size() && !next.empty();
      if (run(copy ? next : std::span<const uint8_t>(), into.first(count), copy ? 1 : 0) == 0) return false;
      into = into.subspan(count);
    }
    return true;
  }

 private:
  size_t run(std::span<const uint8_t> payload, std::span<int16_t> into, int fec) {
    const int count = opus_decode(state_.get(), payload.empty() ? nullptr : payload.data(), static_cast<opus_int32>(payload.size()),
                                  into.data(), static_cast<int>(into.size()), fec);
    return count < 0 ? 0 : static_cast<size_t>(count);
  }
  struct Free {
    void operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }
  };
  const uint8_t khz_;
  const std::unique_ptr<OpusDecoder, Free> state_;
};

class OpusSoundEncoder final : public Encoder {
 public:
  OpusSoundEncoder(uint8_t khz, const OpusWishes& wishes)
      : khz_(khz), fec_(wishes.fec), state_(opus_encoder_create(khz * 1000, 1, OPUS_APPLICATION_VOIP, nullptr)) {
    constexpr int kComplexity = 5;  // of 10: where more is hardly heard in speech
    constexpr int kNarrow = 16000, kWide = 28000;
    if (!state_) throw std::bad_alloc();
    int bits = khz == 8 ? kNarrow : kWide;
    if (wishes.most_kbps != 0) bits = std::min(bits, std::max(6, static_cast<int>(wishes.most_kbps)) * 1000);
    set(OPUS_SET_BITRATE(bits));
    set(OPUS_SET_COMPLEXITY(kComplexity));
    set(OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    set(OPUS_SET_VBR(wishes.constant_rate ? 0 : 1));
    set(OPUS_SET_MAX_BANDWIDTH(wishes.most_khz <= 8 ? OPUS_BANDWIDTH_NARROWBAND : OPUS_BANDWIDTH_WIDEBAND));
    set(OPUS_SET_INBAND_FEC(fec_ ? 1 : 0));
  }
  uint8_t khz() const override { return khz_; }
  size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) override {
    const opus_int32 size =
        opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()), into.data(), static_cast<opus_int32>(into.size()));
    return size < 0 ? 0 : static_cast<size_t>(size);
  }
  void expect_loss(unsigned percent) override {
    if (fec_) set(OPUS_SET_PACKET_LOSS_PERC(static_cast<int>(std::min(percent, 100U))));
  }

 private:
  template <class... Request>
  void set(Request... request) {
    opus_encoder_ctl(state_.get(), request...);
  }
  struct Free {
    void operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
  };
  const uint8_t khz_;
  const bool fec_;
  const std::unique_ptr<OpusEncoder, Free> state_;
};

uint32_t number_in(std::string_view text) {
  uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

OpusWishes read_opus_wishes(std::string_view fmtp) {
  OpusWishes wishes;
  while (!fmtp.empty()) {
    const auto end = std::min(fmtp.find(';'), fmtp.size());
    const std::string_view one = trimmed(fmtp.substr(0, end));
    fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = one.substr(0, equals);
    const uint32_t value = number_in(trimmed(one.substr(equals + 1)));
    if (name == "maxplaybackrate" && value >= 8000) wishes.most_khz = static_cast<uint8_t>(std::min(value, 48000U) / 1000);
    if (name == "maxaveragebitrate" && value >= 6000) wishes.most_kbps = static_cast<uint16_t>(std::min(value, 510000U) / 1000);
    if (name == "useinbandfec") wishes.fec = value == 1;
    if (name == "cbr") wishes.constant_rate = value == 1;
  }
  return wishes;
}

uint8_t sound_khz(Format format) { return format == Format::l16_16000 || format == Format::g722 || format == Format::opus ? 16 : 8; }

std::unique_ptr<Decoder> make_decoder(Format format, uint8_t khz) {
  static const Table mu = make_table([](uint8_t code) { return ulaw_to_linear(code); });
  static const Table a = make_table([](uint8_t code) { return alaw_to_linear(code); });
  switch (format) {
    case Format::pcmu:
      return std::make_unique<G711Decoder>(mu);
    case Format::pcma:
      return std::make_unique<G711Decoder>(a);
    case Format::l16_8000:
    case Format::l16_16000:
      return std::make_unique<L16Decoder>(sound_khz(format));
    case Format::g722:
      return std::make_unique<G722Decoder>(khz);
    case Format::opus:
      return std::make_unique<OpusSoundDecoder>(khz);
    default:
      return nullptr;
  }
}

std::unique_ptr<Encoder> make_encoder(Format format, uint8_t khz, const OpusWishes& wishes) {
  switch (format) {
    case Format::pcmu:
      return std::make_unique<G711Encoder<to_mu>>();
    case Format::pcma:
      return std::make_unique<G711Encoder<to_a>>();
    case Format::l16_8000:
    case Format::l16_16000:
      return std::make_unique<L16Encoder>(sound_khz(format));
    case Format::g722:
      return std::make_unique<G722Encoder>(khz);
    case Format::opus:
      return std::make_unique<OpusSoundEncoder>(khz, wishes);
    default:
      return nullptr;
  }
}

}  // namespace tandem
