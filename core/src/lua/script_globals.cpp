#include "lua/script_globals.h"

#include <algorithm>

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

void set_text(lua_State* L, const char* key, const std::string& value) {
  if (value.empty()) return;  // nothing there reads as nil
  lua_pushlstring(L, value.data(), value.size());
  lua_setfield(L, -2, key);
}

Directory& directory(lua_State* L) {
  auto& runtime = Runtime::of(L);
  if (runtime.running()->script == nullptr) luaL_error(L, "the directory can only be asked in a call, not while the dialplan is loaded");
  runtime.meter().charge(L, 1000);  // a look-up may read the database
  return *runtime.services().directory;
}

std::string_view key_argument(lua_State* L) {
  size_t length = 0;
  const char* key = luaL_checklstring(L, 1, &length);
  return {key, length};
}

int directory_number(lua_State* L) {
  const auto number = directory(L).number(key_argument(L));
  if (!number) {
    lua_pushnil(L);
    return 1;
  }
  constexpr const char* kKinds[] = {"user", "device", "service"};
  lua_createtable(L, 0, 2);
  lua_pushstring(L, kKinds[static_cast<size_t>(number->kind)]);
  lua_setfield(L, -2, "kind");
  set_text(L, "owner", number->owner);
  return 1;
}

int directory_user(lua_State* L) {
  const auto user = directory(L).user(key_argument(L));
  push_user(L, user.get());
  return 1;
}

int directory_device(lua_State* L) {
  const auto device = directory(L).device(key_argument(L));
  push_device(L, device.get());
  return 1;
}

int directory_site(lua_State* L) {
  const auto site = directory(L).site(key_argument(L));
  if (site == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, 0, 3);
  set_text(L, "id", site->id);
  set_text(L, "location", site->location);
  set_text(L, "callback", site->emergency_callback);
  return 1;
}

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
  lua_createtable(L, 0, 5);
  set_text(L, "id", user->id);
  set_text(L, "name", user->name);
  set_text(L, "extension", user->extension);
  set_text(L, "class", user->calling_class);
  set_text(L, "did", user->did);
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

void add_script_globals(lua_State* L) {
  for (const char* name : {"log", "print"}) {
    lua_pushcfunction(L, log_global);
    lua_setfield(L, -2, name);
  }
  constexpr luaL_Reg kDirectory[] = {
      {"number", directory_number}, {"user", directory_user}, {"device", directory_device}, {"site", directory_site}, {nullptr, nullptr}};
  lua_createtable(L, 0, 4);
  luaL_setfuncs(L, kDirectory, 0);
  lua_setfield(L, -2, "directory");
}

}  // namespace tandem
