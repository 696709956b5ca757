// Meter: how much one coroutine may use between two yields, and what stops it. Switch thread.
//
// Three things are bounded: instructions (a count hook), CPU time (the same hook looks at the thread's CPU clock) and bytes (the allocator
// of the state charges whoever runs). C functions in which no hook fires charge their own steps. A coroutine that has used up its time is
// tripped: from then on the hook raises at every instruction, so that no pcall can go on, and the coroutine must be dropped, never reset:
// Lua would run its pending __close handlers without any hook.
#pragma once

#include <cstdint>
#include <string>

#include "lua/lua_api.h"
#include "tandem/clock.h"

namespace tandem {

struct Bounds {
  int64_t instructions;
  Duration cpu;
  size_t bytes;
};

inline constexpr Bounds kCallBounds{500'000, std::chrono::milliseconds(5), 256 * 1024};
/// For a script whose call has ended: enough to put things in order.
inline constexpr Bounds kClosingBounds{50'000, std::chrono::milliseconds(1), 384 * 1024};
inline constexpr Bounds kLoadBounds{20'000'000, std::chrono::seconds(1), 32 * 1024 * 1024};

class Meter {
 public:
  static constexpr int kHookPeriod = 100;  ///< instructions

  /// A fresh allowance of instructions and time; bytes held stay counted.
  void begin(const Bounds& bounds);
  /// From C functions: counts `steps` (about one instruction each). Raises in Lua, and trips, when the allowance is used up.
  void charge(lua_State* L, int64_t steps);
  /// From the hook, every kHookPeriod instructions.
  void on_hook(lua_State* L);
  /// Steps that may still be charged.
  int64_t left() const { return left_; }
  bool tripped() const { return !why_.empty(); }
  /// Raises behind every pcall from here on, like a trip: for a script that must end where it cannot yield.
  void stop(lua_State* L) { trip(L, "has ended"); }

  bool may_grow(size_t by) const { return bytes_ + by <= bounds_.bytes; }
  void grow(size_t by);
  void shrink(size_t by) { bytes_ -= bytes_ < by ? bytes_ : by; }  // a collection credits others' garbage to whoever runs
  size_t bytes() const { return bytes_; }

 private:
  void check_time(lua_State* L);
  [[noreturn]] void trip(lua_State* L, const char* why);

  Bounds bounds_ = kCallBounds;
  int64_t left_ = 0;
  int64_t next_look_ = 0;   ///< look at the clock when left_ falls below this
  Duration cpu_start_{-1};  ///< read at the first hook: most slices never get there
  size_t bytes_ = 0;
  size_t churn_ = 0;  ///< allocated since the last look at the clock: big strings cost time in few instructions
  std::string why_;   ///< once tripped: where and why, said again behind every pcall
};

}  // namespace tandem
