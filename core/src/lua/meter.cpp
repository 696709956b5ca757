#include "lua/meter.h"

#include <fmt/format.h>

#include <ctime>

namespace tandem {

namespace {

constexpr int64_t kLookEvery = 200;  // instructions between two looks at the clock; a look is a system call
constexpr size_t kLookAfterBytes = 64 * 1024;

Duration thread_cpu() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

/// "main.lua:12: " of the innermost Lua function, which is not always the one that luaL_error would name.
std::string innermost_place(lua_State* L) {
  lua_Debug at{};
  for (int level = 0; lua_getstack(L, level, &at) != 0; ++level) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline > 0) return fmt::format("{}:{}: ", at.short_src, at.currentline);
  }
  return {};
}

}  // namespace

void Meter::begin(const Bounds& bounds) {
  bounds_ = bounds;
  left_ = bounds.instructions;
  next_look_ = left_;
  cpu_start_ = Duration(-1);
  churn_ = 0;
}

void Meter::grow(size_t by) {
  bytes_ += by;
  churn_ += by;
}

void Meter::charge(lua_State* L, int64_t steps) {
  left_ -= steps;
  if (left_ < 0 || left_ <= next_look_ || churn_ > kLookAfterBytes) check_time(L);
}

void Meter::on_hook(lua_State* L) {
  if (tripped()) trip(L, "");
  charge(L, kHookPeriod);
}

void Meter::check_time(lua_State* L) {
  if (left_ < 0) trip(L, "ran too long between two waits (instructions)");
  const Duration now = thread_cpu();
  if (cpu_start_ < Duration(0)) cpu_start_ = now;
  if (now - cpu_start_ > bounds_.cpu) trip(L, "ran too long between two waits (CPU time)");
  next_look_ = left_ - kLookEvery;
  churn_ = 0;
}

void Meter::trip(lua_State* L, const char* why) {
  if (!tripped()) {
    why_ = fmt::format("{}the script {}", innermost_place(L), why);
    lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 1);
  }
  lua_pushlstring(L, why_.data(), why_.size());
  lua_error(L);
  __builtin_unreachable();
}

}  // namespace tandem
