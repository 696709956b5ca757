#include "call/feature_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tandem {
namespace {

constexpr size_t kLongestCode = 8, kLongestNumber = 32;

struct Named {
  Feature feature;
  std::string_view key;  ///< in [codes]
};
constexpr std::array<Named, 7> kOfMobiles{{{Feature::hold, "hold"},
                                           {Feature::exclusive_hold, "exclusive_hold"},
                                           {Feature::resume, "resume"},
                                           {Feature::transfer, "transfer"},
                                           {Feature::handoff, "handoff"},
                                           {Feature::record, "record"},
                                           {Feature::stop_recording, "stop_recording"}}};

bool is_code(std::string_view text) {
  return text.size() >= 2 && text.size() <= kLongestCode && text[0] == '*' &&
         text.find_first_not_of("0123456789*#ABCD", 1) == std::string_view::npos;
}

std::string default_code(const std::vector<FeatureCode>& codes, Feature feature) {
  const auto it = std::find_if(codes.begin(), codes.end(), [&](const FeatureCode& c) { return c.feature == feature; });
  return it == codes.end() ? std::string() : it->code;
}

// Empty: there is no such code.
void read_code(SectionReader& reader, std::string_view key, const std::string& usual, Feature feature, std::vector<FeatureCode>& into) {
  std::string code = reader.text(key, usual);
  if (code.empty()) return;
  if (!is_code(code)) return reader.complain(key, fmt::format("must be a star and one to {} keys, or nothing", kLongestCode - 1));
  for (const auto& other : into) {
    if (other.code == code) return reader.complain(key, fmt::format("{} means something else already", code));
  }
  into.push_back({std::move(code), feature});
}

void read_codes(SectionReader& reader, FeatureSettings& settings) {
  const auto usual = std::exchange(settings.mobile, {});
  settings.enabled = reader.flag("enabled", settings.enabled);
  for (const auto& [feature, key] : kOfMobiles) read_code(reader, key, default_code(usual, feature), feature, settings.mobile);
  const auto desk = std::exchange(settings.desk, {});
  read_code(reader, "send_to_mobile", default_code(desk, Feature::send_to_mobile), Feature::send_to_mobile, settings.desk);
}

void read_timing(SectionReader& reader, FeatureSettings& settings) {
  const auto within = [&](std::string_view key, std::chrono::milliseconds& value, int least, int most) {
    value = reader.duration(key, value);
    if (value < std::chrono::milliseconds(least) || value > std::chrono::milliseconds(most))
      reader.complain(key, fmt::format("must be from {} to {} ms", least, most));
  };
  within("gap", settings.gap, 200, 10'000);
  within("number_gap", settings.number_gap, 1000, 30'000);
  within("ring", settings.ring, 1000, 300'000);
}

}  // namespace

std::string_view to_string(Feature feature) {
  if (feature == Feature::send_to_mobile) return "send to mobile";
  return std::find_if(kOfMobiles.begin(), kOfMobiles.end(), [&](const Named& n) { return n.feature == feature; })->key;
}

Result<FeatureSettings> read_feature_settings(const Config& config) {
  FeatureSettings settings;
  const auto file = config.read("features");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<FeatureSettings>(settings) : file.error();
  std::vector<std::string> errors;
  for (const auto& section : file->sections) {
    SectionReader reader(section, errors);
    if (section.name == "codes") {
      read_codes(reader, settings);
    } else if (section.name == "timing") {
      read_timing(reader, settings);
    } else {
      errors.push_back(fmt::format("{}:{}: there is no section [{}] here", section.file, section.line, section.name));
      continue;
    }
    reader.finish();
  }
  if (!errors.empty()) return config_error(errors);
  return settings;
}

CodeEar::CodeEar(Loop& loop, std::vector<FeatureCode> codes, std::chrono::milliseconds gap, std::chrono::milliseconds number_gap, Acts acts)
    : codes_(std::move(codes)), gap_(gap), number_gap_(number_gap), acts_(std::move(acts)), timer_(loop) {}

bool CodeEar::begins_code() const {
  return std::any_of(codes_.begin(), codes_.end(), [&](const FeatureCode& c) { return c.code.starts_with(text_); });
}

const FeatureCode* CodeEar::exact() const {
  const auto it = std::find_if(codes_.begin(), codes_.end(), [&](const FeatureCode& c) { return c.code == text_; });
  return it == codes_.end() ? nullptr : &*it;
}

bool CodeEar::hear(char digit, bool kept) {
  if (state_ == State::number) {
    if (digit == '#') {
      finish_number();
    } else if (text_.size() < kLongestNumber) {
      text_ += digit;
      timer_.start(number_gap_, [this] { finish_number(); });
    }
    return true;
  }
  if (state_ == State::code && digit == '*' &&
      !std::any_of(codes_.begin(), codes_.end(), [&](const FeatureCode& c) { return c.code.starts_with(text_ + '*'); })) {
    give_up();  // a star begins anew
  }
  if (state_ == State::idle && digit != '*') {
    // What the media thread has kept between our word and its hearing of it is ours to pass on.
    if (kept) acts_.release(std::string(1, digit));
    return kept;
  }
  state_ = State::code;
  keys_.push_back({digit, kept});
  text_ += digit;
  settle_code();
  return true;
}

void CodeEar::settle_code() {
  if (!begins_code()) return give_up();
  const bool longer = std::any_of(codes_.begin(), codes_.end(),
                                  [&](const FeatureCode& c) { return c.code.size() > text_.size() && c.code.starts_with(text_); });
  const FeatureCode* const code = exact();
  const auto take = [this](Feature feature) {
    rest();
    acts_.code(feature);
    if (state_ == State::idle) acts_.listen();
  };
  if (code != nullptr && !longer) return take(code->feature);
  timer_.start(gap_, [this, take] {
    if (const FeatureCode* const found = exact()) return take(found->feature);
    give_up();
  });
}

void CodeEar::give_up() {
  std::string digits;
  for (const auto& key : keys_) {
    if (key.kept) digits += key.digit;
  }
  rest();
  acts_.listen();
  if (!digits.empty()) acts_.release(digits);
}

void CodeEar::ask_for_number() {
  rest();
  state_ = State::number;
  timer_.start(number_gap_, [this] { finish_number(); });
}

void CodeEar::finish_number() {
  const std::string number = text_;
  rest();
  acts_.listen();
  acts_.number(number);
}

void CodeEar::rest() {
  timer_.stop();
  state_ = State::idle;
  keys_.clear();
  text_.clear();
}

}  // namespace tandem
