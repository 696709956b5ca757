#include "media/tones.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <numbers>

namespace tandem {
namespace {

constexpr int kLongestStep = 60000, kLongest = 120000;  // ms
constexpr int kLowest = 20, kHighest = 3900;            // Hz
constexpr size_t kMostSteps = 32, kMostTogether = 4;
constexpr int kForEver = 1000;      // of a steady tone so much is made; every whole frequency is at its beginning again then
constexpr double kLoudness = 4100;  // each frequency at -18 dBm0: two of them together are as loud as E.180 wants tones

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t at = 0;;) {
    const size_t end = text.find(by, at);
    parts.push_back(trimmed(text.substr(at, end == std::string_view::npos ? end : end - at)));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

Result<int> number(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  return Error{ErrorCode::invalid, fmt::format("\"{}\" is no number between {} and {}", text, least, most)};
}

Result<ToneStep> parse_step(std::string_view text, bool only) {
  const auto parts = split(text, '/');
  if (parts.size() > 2 || (parts.size() == 1 && !only)) {
    return Error{ErrorCode::invalid, fmt::format("\"{}\" must be FREQUENCY[+FREQUENCY]/MILLISECONDS", text)};
  }
  ToneStep step{{}, kForEver};
  if (parts.size() == 2) {
    const auto time = number(parts[1], 1, kLongestStep);
    if (!time) return time.error();
    step.milliseconds = *time;
  }
  if (parts[0] == "0") return step;
  for (const auto one : split(parts[0], '+')) {
    const auto hertz = number(one, kLowest, kHighest);
    if (!hertz) return hertz.error();
    step.hertz.push_back(*hertz);
  }
  if (step.hertz.size() > kMostTogether) return Error{ErrorCode::invalid, fmt::format("more than {} frequencies at once", kMostTogether)};
  return step;
}

std::vector<int16_t> render(const Cadence& cadence, int rate) {
  std::vector<int16_t> samples;
  for (const auto& step : cadence) {
    const auto count = static_cast<size_t>(step.milliseconds) * static_cast<size_t>(rate) / 1000;
    const size_t begin = samples.size();
    samples.resize(begin + count);
    for (size_t i = 0; i < count && !step.hertz.empty(); ++i) {
      double sum = 0;
      for (const int hertz : step.hertz) sum += std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate);
      samples[begin + i] = static_cast<int16_t>(kLoudness * sum);
    }
  }
  return samples;
}

}  // namespace

Result<Cadence> parse_cadence(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() > kMostSteps) return Error{ErrorCode::invalid, fmt::format("more than {} steps", kMostSteps)};
  Cadence cadence;
  int whole = 0;
  for (const auto part : parts) {
    auto step = parse_step(part, parts.size() == 1);
    if (!step) return step.error();
    whole += step->milliseconds;
    cadence.push_back(std::move(*step));
  }
  if (whole > kLongest) return Error{ErrorCode::invalid, fmt::format("longer than {} s", kLongest / 1000)};
  return cadence;
}

Sound render_cadence(const Cadence& cadence) { return {render(cadence, 8000), render(cadence, 16000)}; }

Result<Tones> Tones::read(const Config& config) {
  const auto file = config.read("tones");
  Tones tones;
  if (!file) {
    if (file.error().code == ErrorCode::not_found) return tones;
    return file.error();
  }
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    SectionReader reader(section, complaints);
    if (section.name == "tones") {
      tones.country_ = reader.required("country");
      reader.finish();
      continue;
    }
    auto& country = tones.countries_[section.name];
    for (const auto& [key, value] : section.values) {
      auto cadence = parse_cadence(reader.text(key, ""));
      if (cadence) {
        country.emplace(key, std::move(*cadence));
      } else {
        reader.complain(key, cadence.error().message);
      }
    }
  }
  if (!tones.countries_.contains(tones.country_)) {
    complaints.push_back(fmt::format("{}: [tones] country: there is no section [{}]", file->path, tones.country_));
  }
  if (!complaints.empty()) return config_error(complaints);
  return tones;
}

Result<Cadence> Tones::find(std::string_view name) const {
  const auto slash = name.find('/');
  const auto country = slash == std::string_view::npos ? std::string_view(country_) : name.substr(slash + 1);
  const auto known = countries_.find(country);
  if (known == countries_.end()) return Error{ErrorCode::not_found, fmt::format("tones.ini has no country \"{}\"", country)};
  const auto tone = known->second.find(name.substr(0, slash));
  if (tone == known->second.end())
    return Error{ErrorCode::not_found, fmt::format("tones.ini has no tone \"{}\" for {}", name.substr(0, slash), country)};
  return tone->second;
}

}  // namespace tandem
