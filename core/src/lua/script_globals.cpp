#include "lua/script_globals.h"

#include <algorithm>

#include "lua/binding.h"
#include "lua/call_script.h"
#include "lua/runtime.h"
#include "tandem/directory.h"
#include "tandem/log.h"

namespace tandem {

namespace {

const Log kLog{"dialplan"};
constexpr size_t kLongestLine = 500;

struct Level {
  std::string_view word;
  LogLevel level;
};
constexpr Level kLevels[] = {{"debug", LogLevel::debug},
                             {"info", LogLevel::info},
                             {"notice", LogLevel::notice},
                             {"warning", LogLevel::warning},
                             {"error", LogLevel::error}};

/// The arguments as print would show them, on one line.
std::string line_from(lua_State* L, int first) {
  std::string line;
  for (int i = first; i <= lua_gettop(L) && line.size() < kLongestLine; ++i) {
    size_t length = 0;
    const char* text = luaL_tolstring(L, i, &length);
    if (i > first) line += ' ';
    line.append(text, std::min(length, kLongestLine));
    lua_pop(L, 1);
  }
  line.resize(std::min(line.size(), kLongestLine));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  return line;
}

int log_global(lua_State* L) { return log_from_lua(L, 1); }

constexpr Binding kFunctions[] = {
    {"log", log_global, "log(level?: string, ...: any)",
     "Writes a line to the log, with the call's id. The first argument may be a level: \"debug\", \"info\" (the default), \"notice\", "
     "\"warning\" or \"error\". `print` is the same.",
     "log(\"warning\", \"somebody dialled\", number)"},
    {"print", log_global, "print(...: any)", "As `log`.", "print(\"hello\", call.id)"},
};

}  // namespace

int log_from_lua(lua_State* L, int first) {
  LogLevel level = LogLevel::info;
  if (lua_gettop(L) > first && lua_type(L, first) == LUA_TSTRING) {
    const std::string_view word(lua_tostring(L, first));
    const auto* const it = std::find_if(std::begin(kLevels), std::end(kLevels), [&](const Level& l) { return l.word == word; });
    if (it != std::end(kLevels)) {
      level = it->level;
      ++first;
    }
  }
  Runtime::of(L).meter().charge(L, 200);
  const std::string line = line_from(L, first);
  auto* script = Runtime::of(L).running()->script;
  if (script == nullptr) {
    kLog.line(level, "{}", line);
  } else {
    script->log(L, level, line);
  }
  return 0;
}

void push_user(lua_State* L, const User* user) {
  if (user == nullptr) return lua_pushnil(L);
  lua_createtable(L, 0, 6);
  set_text(L, "id", user->id);
  set_text(L, "name", user->name);
  set_text(L, "extension", user->extension);
  set_text(L, "class", user->calling_class);
  set_text(L, "did", user->did);
  lua_pushboolean(L, user->mailbox ? 1 : 0);
  lua_setfield(L, -2, "mailbox");
}

void push_device(lua_State* L, const Device* device) {
  if (device == nullptr) return lua_pushnil(L);
  lua_createtable(L, 0, 7);
  set_text(L, "name", device->name);
  set_text(L, "model", device->model);
  set_text(L, "vendor", device->vendor);
  set_text(L, "site", device->site);
  set_text(L, "owner", device->owner);
  set_text(L, "extension", device->extension);
  set_text(L, "label", device->label);
}

namespace {

void set_list(lua_State* L, const char* key, const std::vector<std::string>& items) {
  if (items.empty()) return;
  lua_createtable(L, static_cast<int>(items.size()), 0);
  for (size_t i = 0; i < items.size(); ++i) {
    lua_pushlstring(L, items[i].data(), items[i].size());
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  lua_setfield(L, -2, key);
}

}  // namespace

void push_profile(lua_State* L, const Profile* profile) {
  if (profile == nullptr) return lua_pushnil(L);
  lua_createtable(L, 0, 8);
  set_text(L, "id", profile->id);
  set_text(L, "user", profile->user);
  set_text(L, "model", profile->model);
  set_list(L, "lines", profile->lines);
  set_list(L, "speed_dials", profile->speed_dials);
  set_text(L, "locale", profile->locale);
  set_text(L, "ring", profile->ring);
  set_text(L, "music", profile->music);
  set_text(L, "class", profile->calling_class);
  if (profile->dnd) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "dnd");
  }
}

const Library kLogLibrary{"", "What stands among the globals beside Lua's own functions.", kFunctions};

void set_text(lua_State* L, const char* key, const std::string& value) {
  if (value.empty()) return;
  lua_pushlstring(L, value.data(), value.size());
  lua_setfield(L, -2, key);
}

void add_script_globals(lua_State* L) {
  for (const auto* library : libraries()) {
    if (*library->name == '\0') {
      set_functions(L, library->functions);
      continue;
    }
    lua_createtable(L, 0, static_cast<int>(library->functions.size()));
    set_functions(L, library->functions);
    lua_setfield(L, -2, library->name);
  }
}

}  // namespace tandem
