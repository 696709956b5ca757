// Trunks: which gateways are up, found out by OPTIONS and by anything else that they send. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "settings.h"
#include "stack.h"
#include "tandem/loop.h"

namespace tandem {

enum class TrunkState : uint8_t { unknown, up, down };
std::string_view to_string(TrunkState state);

/// One gateway. A probe is a single stateless OPTIONS: any answer at all proves that it lives, and nothing waits 32 s for one that does not
/// come.
class Trunk {
 public:
  Trunk(Stack& stack, Loop& loop, TrunkSettings settings, const std::string& user_agent);
  ~Trunk();
  Trunk(const Trunk&) = delete;
  Trunk& operator=(const Trunk&) = delete;

  const TrunkSettings& settings() const { return settings_; }
  TrunkState state() const { return state_; }
  Instant since() const { return since_; }
  std::optional<Duration> round_trip() const { return round_trip_; }

  /// Anything valid came from it: it is up at once.
  void heard();
  /// A request to it has timed out.
  void lost();

 private:
  void probe();
  void unanswered();
  void become(TrunkState state, std::string_view why);

  Stack& stack_;
  Loop& loop_;
  const TrunkSettings settings_;
  const std::string user_agent_;
  nta_leg_t* leg_ = nullptr;  ///< all its probes share one Call-ID and From tag
  TrunkState state_ = TrunkState::unknown;
  Instant since_, sent_{};
  std::optional<Duration> round_trip_;
  bool waiting_ = false;
  unsigned missed_ = 0;
  Timer timer_;
};

class Trunks {
 public:
  Trunks(Stack& stack, Loop& loop, const SipSettings& settings);
  /// Null when there is none of that name.
  Trunk* find(std::string_view name);
  /// True while any trunk answers: then one that is down is not tried.
  bool any_up() const;
  const std::map<std::string, std::unique_ptr<Trunk>, std::less<>>& all() const { return trunks_; }
  /// Takes over another list; trunks that did not change keep their state.
  void reconfigure(const SipSettings& settings);

 private:
  Stack& stack_;
  Loop& loop_;
  std::map<std::string, std::unique_ptr<Trunk>, std::less<>> trunks_;
};

}  // namespace tandem
