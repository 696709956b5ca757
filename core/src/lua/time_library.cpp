// time.now and time.within; os.time and os.date by the same clock, which a trace or a test may set.
#include <array>
#include <string>

#include "lua/binding.h"
#include "lua/call_script.h"
#include "lua/runtime.h"
#include "lua/sandbox.h"
#include "tandem/directory.h"
#include "tandem/local_time.h"

namespace tandem {

namespace {

constexpr std::array<const char*, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr size_t kLongestDateFormat = 200;

/// The zone named at `index`, else that of the site where the call's phone stands; empty: the machine's.
std::string zone_argument(lua_State* L, int index) {
  if (!lua_isnoneornil(L, index)) return luaL_checkstring(L, index);
  Runtime& runtime = Runtime::of(L);
  const auto* script = runtime.running()->script;
  if (script == nullptr || !script->alive() || script->call().device() == nullptr || runtime.services().directory == nullptr) return {};
  const auto site = runtime.services().directory->site(script->call().device()->site);
  return site == nullptr ? std::string() : site->time_zone;
}

LocalTime local_now(lua_State* L, const std::string& zone) {
  Runtime& runtime = Runtime::of(L);
  runtime.meter().charge(L, 500);
  const auto local = to_local(runtime.now(), zone);
  if (!local) luaL_error(L, "%s", local.error().message.c_str());
  return *local;
}

void set_number(lua_State* L, const char* key, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, key);
}

int time_now(lua_State* L) {
  const std::string zone = zone_argument(L, 1);
  const LocalTime now = local_now(L, zone);
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(now - day);
  lua_createtable(L, 0, 9);
  set_number(L, "year", static_cast<int>(date.year()));
  set_number(L, "month", static_cast<unsigned>(date.month()));
  set_number(L, "day", static_cast<unsigned>(date.day()));
  set_number(L, "hour", clock.hours().count());
  set_number(L, "min", clock.minutes().count());
  set_number(L, "sec", clock.seconds().count());
  set_number(L, "epoch", std::chrono::system_clock::to_time_t(Runtime::of(L).now()));
  lua_pushstring(L, kWeekdays.at(std::chrono::weekday(day).c_encoding()));
  lua_setfield(L, -2, "weekday");
  lua_pushlstring(L, zone.data(), zone.size());
  lua_setfield(L, -2, "zone");
  return 1;
}

int time_within(lua_State* L) {
  size_t length = 0;
  const char* text = luaL_checklstring(L, 1, &length);
  const LocalTime now = local_now(L, zone_argument(L, 2));
  const auto schedule = Runtime::of(L).schedules().get({text, length});
  if (!schedule) return luaL_error(L, "time.within: %s", schedule.error().message.c_str());
  lua_pushboolean(L, (*schedule)->holds(now) ? 1 : 0);
  return 1;
}

lua_CFunction original(lua_State* L) { return lua_tocfunction(L, lua_upvalueindex(1)); }

int os_time(lua_State* L) {
  if (!lua_isnoneornil(L, 1)) return original(L)(L);
  lua_pushinteger(L, std::chrono::system_clock::to_time_t(Runtime::of(L).now()));
  return 1;
}

int os_date(lua_State* L) {
  size_t length = 0;
  luaL_optlstring(L, 1, "%c", &length);
  if (length > kLongestDateFormat)
    return luaL_error(L, "os.date: the format is longer than %d bytes", static_cast<int>(kLongestDateFormat));
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_pushinteger(L, std::chrono::system_clock::to_time_t(Runtime::of(L).now()));
  }
  return original(L)(L);
}

constexpr Binding kFunctions[] = {
    {"now", time_now, "now(zone?: string) -> table",
     "The time here, as a table: year, month, day, hour, min, sec, weekday (\"Mon\"), epoch (seconds since 1970) and zone. \"Here\" is the "
     "zone that is named (\"Europe/Berlin\"), else that of the site where the caller's phone stands, else the machine's. A trace and a "
     "test "
     "may set the time.",
     "local now = time.now(\"Europe/Berlin\")\ncall:log(now.weekday, now.hour .. \":\" .. now.min)"},
    {"within", time_within, "within(schedule: string, zone?: string) -> boolean",
     "Whether it is now within a schedule: rules separated by \";\", each of days, dates and times that must all fit; items separated by "
     "\",\". \"Mon-Fri 08:00-18:00; Sat 09:00-12:00\", \"12-24..12-26\", \"2026-12-24 08:00-12:00\", \"Fri 22:00-06:00\" (until Saturday "
     "morning). The zone is found as for `time.now`.",
     "if time.within(\"12-25..12-26\") or not time.within(\"Mon-Fri 08:00-18:00\") then\n  call:hangup(\"no-answer\", \"We are "
     "closed\")\nend"},
};

void wrap(lua_State* L, int from, const char* name, lua_CFunction wrapper) {
  lua_getfield(L, from, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

}  // namespace

const Library kTimeLibrary{"time", "What time it is, and whether that is within the hours that somebody wrote down.", kFunctions};

void push_os_library(lua_State* L) {
  luaL_requiref(L, LUA_OSLIBNAME, luaopen_os, 0);
  const int os = lua_absindex(L, -1);
  lua_createtable(L, 0, 3);
  lua_getfield(L, os, "clock");
  lua_setfield(L, -2, "clock");
  wrap(L, os, "time", os_time);
  wrap(L, os, "date", os_date);
  lua_remove(L, os);
}

}  // namespace tandem
