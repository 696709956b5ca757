#include "media/sound_file.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <array>
#include <filesystem>
#include <memory>

#include "media/resampler.h"

namespace tandem {
namespace {

constexpr sf_count_t kLongest = 600;  // seconds
constexpr int kLeastRate = 8000, kMostRate = 48000, kMostChannels = 2;

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, Close>;

Result<void> check(const std::string& path, const SF_INFO& info) {
  if ((info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_WAV && (info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_WAVEX) {
    return Error{ErrorCode::invalid, fmt::format("{} is not a WAV file", path)};
  }
  const bool usable = info.samplerate >= kLeastRate && info.samplerate <= kMostRate && info.samplerate % 1000 == 0 && info.channels >= 1 &&
                      info.channels <= kMostChannels;
  if (!usable) {
    return Error{ErrorCode::invalid, fmt::format("{}: {} Hz and {} channels cannot be played", path, info.samplerate, info.channels)};
  }
  if (info.frames > kLongest * info.samplerate) return Error{ErrorCode::invalid, fmt::format("{} is longer than {} s", path, kLongest)};
  return {};
}

std::vector<int16_t> read_mono(SNDFILE* file, int channels, sf_count_t most) {
  std::vector<int16_t> samples;
  std::array<short, 4096> buffer;
  const auto frames = static_cast<sf_count_t>(buffer.size()) / channels;
  for (sf_count_t got = 0; (got = sf_readf_short(file, buffer.data(), frames)) > 0 && static_cast<sf_count_t>(samples.size()) < most;) {
    for (sf_count_t i = 0; i < got; ++i) {
      int sum = 0;
      for (int c = 0; c < channels; ++c) sum += buffer[static_cast<size_t>(i * channels + c)];
      samples.push_back(static_cast<int16_t>(sum / channels));
    }
  }
  return samples;
}

std::vector<int16_t> at_rate(const std::vector<int16_t>& samples, int rate, uint8_t khz) {
  const auto from = static_cast<uint8_t>(rate / 1000);
  if (from == khz) return samples;
  Resampler resampler(from, khz);
  std::vector<int16_t> result(samples.size() * khz / from + 2);
  result.resize(resampler.run(samples, result));
  return result;
}

}  // namespace

Result<Sound> read_sound_file(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return Error{ErrorCode::not_found, fmt::format("there is no file {}", path)};
  SF_INFO info{};
  const File file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file) return Error{ErrorCode::invalid, fmt::format("{} cannot be read: {}", path, sf_strerror(nullptr))};
  if (auto usable = check(path, info); !usable) return usable.error();
  const auto samples = read_mono(file.get(), info.channels, kLongest * info.samplerate);
  return Sound{at_rate(samples, info.samplerate, 8), at_rate(samples, info.samplerate, 16)};
}

}  // namespace tandem
