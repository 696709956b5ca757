#include "media/transcoder.h"

#include <algorithm>

namespace tandem {
namespace {

constexpr uint32_t kMostFilled = 120, kMostLate = 2000;  // ms
constexpr unsigned kCalm = 500;                          // packets in their order, after which less waits

/// What neither side can hear is not computed: the lower of both rates.
uint8_t common_khz(Format a, Format b) { return std::min(sound_khz(a), sound_khz(b)); }

}  // namespace

Transcoder::Transcoder(Format from, Format to, int ptime_ms, const OpusWishes& wishes)
    : from_(from),
      to_(to),
      decoder_(make_decoder(from, common_khz(from, to))),
      encoder_(make_encoder(to, common_khz(from, to), wishes)),
      resampler_(decoder_->khz(), encoder_->khz()),
      concealer_(decoder_->khz()),
      in_clock_(clock_khz(from)),
      frame_(static_cast<size_t>(std::clamp(ptime_ms, 10, 60)) / 10 * 10 * encoder_->khz()) {}

bool Transcoder::put(std::span<const uint8_t> payload, uint32_t run, uint32_t timestamp, bool marker) {
  if (run != run_ || run_ == 0) {
    count_ = waiting_ = 0;
    run_ = run;
    marker_ = true;
    expected_ = timestamp;
    place(payload, timestamp, marker);
    return true;
  }
  const auto gap = static_cast<int32_t>(timestamp - expected_);
  if (gap < 0 && gap > -static_cast<int32_t>(kMostLate * in_clock_)) {
    if (gap >= -static_cast<int32_t>(kMostFilled * in_clock_)) depth_ = std::min(depth_ + 1, kMostDepth);
    calm_ = 0;
    return false;
  }
  if (++calm_ >= kCalm && depth_ > 0) {
    --depth_;
    calm_ = 0;
  }
  const bool early = gap > 0 && !marker && static_cast<uint32_t>(gap) <= kMostFilled * in_clock_;
  if (early && wait(payload, timestamp)) return true;
  if (gap != 0) release(true);
  place(payload, timestamp, marker);
  release(false);
  return true;
}

/// Behind what came before, with what is missing in between made up.
void Transcoder::place(std::span<const uint8_t> payload, uint32_t timestamp, bool marker) {
  const auto gap = static_cast<int32_t>(timestamp - expected_);
  if (gap > 0 && !marker && static_cast<uint32_t>(gap) <= kMostFilled * in_clock_) {
    fill_gap(payload, static_cast<uint32_t>(gap));
  } else if (gap != 0) {
    count_ = 0;  // a pause: the rest of a word that fills no packet is not worth one
  }
  if (count_ == 0) {
    first_ = timestamp;
    marker_ = marker_ || marker;
  }
  std::array<int16_t, kMostSamples> decoded;
  const auto samples = std::span(decoded).first(decoder_->decode(payload, decoded));
  concealer_.hear(samples);
  append(samples);
  expected_ = timestamp + static_cast<uint32_t>(samples.size()) * in_clock_ / decoder_->khz();
}

/// False: nobody waits, or it cannot be kept. When more wait than may, what they wait for is given up.
bool Transcoder::wait(std::span<const uint8_t> payload, uint32_t timestamp) {
  if (depth_ == 0 || payload.size() > early_[0].payload.size()) return false;
  size_t at = waiting_;
  for (; at > 0 && static_cast<int32_t>(early_[at - 1].timestamp - timestamp) > 0; --at) early_[at] = early_[at - 1];
  early_[at].timestamp = timestamp;
  early_[at].size = payload.size();
  std::copy(payload.begin(), payload.end(), early_[at].payload.begin());
  if (++waiting_ > depth_) release(true);
  return true;
}

/// Those whose turn it is; or all, whatever is missing between them.
void Transcoder::release(bool all) {
  size_t done = 0;
  for (; done < waiting_; ++done) {
    const Waiting& one = early_[done];
    const auto gap = static_cast<int32_t>(one.timestamp - expected_);
    if (gap > 0 && !all) break;
    if (gap >= 0) place(std::span(one.payload).first(one.size), one.timestamp, false);
  }
  std::copy(early_.begin() + static_cast<std::ptrdiff_t>(done), early_.begin() + static_cast<std::ptrdiff_t>(waiting_), early_.begin());
  waiting_ -= done;
}

void Transcoder::fill_gap(std::span<const uint8_t> next, uint32_t ticks) {
  std::array<int16_t, kMostSamples> made_up;
  const auto samples = std::span(made_up).first(std::min<size_t>(ticks * decoder_->khz() / in_clock_, kMostSamples));
  if (count_ == 0) first_ = expected_;
  if (!decoder_->conceal(next, samples)) concealer_.fill(samples);
  append(samples);
}

void Transcoder::append(std::span<const int16_t> decoded) {
  std::array<int16_t, 2 * kMostSamples + 1> resampled;
  const size_t count = std::min(resampler_.run(decoded, resampled), kept_.size() - count_);
  std::copy_n(resampled.begin(), count, kept_.begin() + static_cast<std::ptrdiff_t>(count_));
  count_ += count;
}

Transcoder::Packet Transcoder::take(std::span<uint8_t> into) {
  if (count_ < frame_) return {};
  Packet packet{.timestamp = first_, .marker = marker_};
  packet.size = encoder_->encode(std::span<const int16_t>(kept_).first(frame_), into);
  std::copy(kept_.begin() + static_cast<std::ptrdiff_t>(frame_), kept_.begin() + static_cast<std::ptrdiff_t>(count_), kept_.begin());
  count_ -= frame_;
  first_ += static_cast<uint32_t>(frame_) * in_clock_ / encoder_->khz();
  marker_ = false;
  return packet;
}

}  // namespace tandem
