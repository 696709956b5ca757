// Shutdown: how Tandem comes to its end: at once, when the last call has ended, or when there happens to be none. Switch thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "call/switch.h"
#include "tandem/loop.h"

namespace tandem {

class Shutdown {
 public:
  enum class Way {
    now,             ///< calls are hung up
    gracefully,      ///< no new calls but emergency calls; those that run may go on for the limit
    when_convenient  ///< new calls as ever; at the first moment without one
  };

  /// `end`: stop serving. Called once.
  Shutdown(Loop& loop, Switch& calls, std::function<void()> end);

  void set_limit(std::chrono::milliseconds limit) { limit_ = limit; }
  std::chrono::milliseconds limit() const { return limit_; }

  /// Begins, or hurries one that has begun: what has been asked for more urgently stands. `restart`: the process begins anew afterwards.
  /// Returns a sentence for the admin.
  std::string begin(Way way, bool restart);
  /// New calls are taken again. unavailable: nothing has begun, or it is too late.
  Result<void> cancel();
  /// SIGTERM: gracefully, and the second one now. SIGINT: now.
  void on_signal(int number);

  bool begun() const { return way_.has_value(); }
  bool restart() const { return restart_; }
  /// "stopping gracefully", for `core show settings`; empty while nothing has begun.
  std::string describe() const;

 private:
  void look();

  Switch& calls_;
  std::function<void()> end_;
  std::chrono::milliseconds limit_{std::chrono::seconds(60)};
  std::optional<Way> way_;
  bool restart_ = false;
  bool ended_ = false;
  Timer look_;
  Timer late_;
};

}  // namespace tandem
