// Feature codes: what a person presses in mid-call to have something done ("*74"): the table, and the ear that tells codes from other keys.
// Switch thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/config.h"
#include "tandem/function.h"
#include "tandem/loop.h"

namespace tandem {

enum class Feature : uint8_t { hold, exclusive_hold, resume, transfer, handoff, record, stop_recording, send_to_mobile };
std::string_view to_string(Feature feature);

struct FeatureCode {
  std::string code;  ///< "*81": a star, then one to seven keys
  Feature feature;
};

struct FeatureSettings {
  bool enabled = true;
  std::vector<FeatureCode> mobile{{"*81", Feature::hold},          {"*82", Feature::exclusive_hold}, {"*83", Feature::resume},
                                  {"*84", Feature::transfer},      {"*74", Feature::handoff},        {"*86", Feature::record},
                                  {"*87", Feature::stop_recording}};  ///< from a remote destination
  std::vector<FeatureCode> desk{{"*74", Feature::send_to_mobile}};    ///< from a phone of a person who has one
  std::chrono::milliseconds gap{1500};                                ///< between two keys of a code
  std::chrono::milliseconds number_gap{5000};                         ///< between two keys of a number
  std::chrono::milliseconds ring{30'000};                             ///< how long phones ring that a call is to move to
};

/// features.ini; everything is as it comes when there is none. invalid with every mistake as FILE:LINE.
Result<FeatureSettings> read_feature_settings(const Config& config);

/// Listens to the keys of one leg. A star begins what may be a code; as long as it may, its keys are kept. What turns out to be none goes
/// on as it was pressed, at once or when nothing comes for `gap`. All other keys are never touched.
class CodeEar {
 public:
  struct Acts {
    UniqueFunction<void(Feature)> code;
    /// Keys that are none; those that nobody else has passed on.
    UniqueFunction<void(const std::string& digits)> release;
    /// What was asked for by ask_for_number(); empty: nothing came.
    UniqueFunction<void(const std::string& number)> number;
    /// The next star may come: whoever holds keys back is to begin anew.
    UniqueFunction<void()> listen;
  };

  CodeEar(Loop& loop, std::vector<FeatureCode> codes, std::chrono::milliseconds gap, std::chrono::milliseconds number_gap, Acts acts);

  /// True: the key has been taken, and goes nowhere else. `kept`: it has not been passed on by the media thread. One of `acts` may be
  /// called before it returns; it must not destroy us.
  bool hear(char digit, bool kept);
  /// What is pressed from now on, up to "#", is a number.
  void ask_for_number();

 private:
  enum class State : uint8_t { idle, code, number };
  struct Key {
    char digit;
    bool kept;
  };
  bool begins_code() const;
  const FeatureCode* exact() const;
  void settle_code();
  void give_up();
  void finish_number();
  void rest();

  const std::vector<FeatureCode> codes_;
  const std::chrono::milliseconds gap_, number_gap_;
  Acts acts_;
  State state_ = State::idle;
  std::vector<Key> keys_;
  std::string text_;
  Timer timer_;
};

}  // namespace tandem
