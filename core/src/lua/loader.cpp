#include "lua/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "lua/event_name.h"
#include "lua/sandbox.h"
#include "lua/script_globals.h"

namespace tandem {

namespace {

constexpr size_t kLongestFile = 1024 * 1024;
constexpr size_t kMostFiles = 500;
constexpr size_t kMostEvents = 200;
constexpr size_t kMostHandlers = 50;  // of one event
constexpr size_t kLongestName = 50;   // what Lua shows of a file name in full

Result<std::string> read_file(const std::string& path, const std::string& shown) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return Error{ErrorCode::not_found, fmt::format("{}: there is no such file", shown)};
  std::ifstream in(path, std::ios::binary);
  std::string text(kLongestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.is_open()) return Error{ErrorCode::io, fmt::format("{}: cannot be read", shown)};
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kLongestFile) return Error{ErrorCode::exhausted, fmt::format("{}: longer than {} bytes", shown, kLongestFile)};
  return text;
}

/// "lib.people" or "lib/people" to "lib/people.lua". Empty: not a name inside the dialplan's folder.
std::string file_of(std::string_view name) {
  std::string file;
  for (const char c : name) {
    const bool separator = c == '.' || c == '/';
    if (separator && (file.empty() || file.back() == '/')) return {};
    if (!separator && c != '_' && c != '-' && std::isalnum(static_cast<unsigned char>(c)) == 0) return {};
    file += separator ? '/' : c;
  }
  if (file.empty() || file.back() == '/' || file.size() > kLongestName) return {};
  return file + ".lua";
}

/// Raises a sentence that says itself where.
[[noreturn]] void fail(lua_State* L, const std::string& sentence) {
  lua_pushlstring(L, sentence.data(), sentence.size());
  lua_error(L);
  __builtin_unreachable();
}

std::string name_argument(lua_State* L, const char* function) {
  if (lua_type(L, 1) != LUA_TSTRING || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > kLongestName) {
    luaL_error(L, "%s takes a name of at most %d characters", function, static_cast<int>(kLongestName));
  }
  return {lua_tostring(L, 1), lua_rawlen(L, 1)};
}

int refuse_global(lua_State* L) {
  return luaL_error(L, "'%s' is not declared: write \"local %s\" (globals would be shared by all calls)", luaL_tolstring(L, 2, nullptr),
                    luaL_tolstring(L, 2, nullptr));
}

}  // namespace

ScriptPlace place_of_caller(lua_State* L) {
  lua_Debug at{};
  if (lua_getstack(L, 1, &at) == 0 || lua_getinfo(L, "Sl", &at) == 0) return {};
  return {at.short_src, at.currentline};
}

DialplanLoader::DialplanLoader(std::shared_ptr<Runtime> runtime, std::string folder, std::string file, const AddFunctions& of_tests)
    : runtime_(std::move(runtime)),
      environment_(std::make_shared<Environment>(runtime_)),
      folder_(std::move(folder)),
      main_file_(std::move(file)),
      for_tests_(of_tests != nullptr),
      run_(runtime_->main(), nullptr, this) {
  lua_State* L = runtime_->main();
  push_globals(L);
  add_script_globals(L);
  set_functions(L, load_functions());
  if (for_tests_) of_tests(L);
  globals_ = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_createtable(L, 0, 0);
  modules_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

DialplanLoader::~DialplanLoader() {
  luaL_unref(runtime_->main(), LUA_REGISTRYINDEX, modules_);
  luaL_unref(runtime_->main(), LUA_REGISTRYINDEX, globals_);  // handlers keep the globals alive
}

Result<std::shared_ptr<const Environment>> DialplanLoader::run() {
  lua_State* L = run_.thread;
  if (auto compiled = compile(L, main_file_); !compiled) return compiled.error();
  int results = 0;
  const int status = runtime_->resume(run_, kLoadBounds, 0, &results);
  if (status != LUA_OK) {
    Error error{ErrorCode::invalid, error_sentence(L, -1)};
    runtime_->close(run_);
    return error;
  }
  if (!for_tests_ && environment_->contexts_.all().empty())
    return Error{ErrorCode::invalid, fmt::format("{}: defines no context", main_file_)};
  if (auto finished = environment_->contexts_.finish(); !finished) return finished.error();
  freeze_globals();
  environment_->files_ = sources_.size();
  return std::shared_ptr<const Environment>(environment_);
}

Result<void> DialplanLoader::compile(lua_State* L, const std::string& file) {
  if (sources_.size() == kMostFiles) return Error{ErrorCode::exhausted, fmt::format("{}: more than {} files", file, kMostFiles)};
  auto text = read_file(folder_ + "/" + file, file);
  if (!text) return text.error();
  if (luaL_loadbufferx(L, text->data(), text->size(), ("@" + file).c_str(), "t") != LUA_OK) {
    Error error{ErrorCode::invalid, error_sentence(L, -1)};
    lua_pop(L, 1);
    return error;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, globals_);
  lua_setupvalue(L, -2, 1);
  sources_[file] = std::move(*text);
  return {};
}

// A forgotten "local" in a handler would be a variable that all calls share; a script that runs for calls cannot make one.
void DialplanLoader::freeze_globals() {
  lua_State* L = runtime_->main();
  lua_rawgeti(L, LUA_REGISTRYINDEX, globals_);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, refuse_global);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

std::span<const Binding> load_functions() {
  static constexpr Binding kFunctions[] = {
      {"context", DialplanLoader::lua_context, "context(name: string) -> fun(extensions: table)",
       "Defines a context: a table of extensions and of includes.",
       "context \"doors\" {\n  include \"inside\",\n  [\"_70X\"] = function(call, number) call:dial { \"sip/\" .. number } end,\n}"},
      {"include", DialplanLoader::lua_include, "include(name: string) -> table",
       "Inside a context's table: what its own extensions do not fit is looked for there next.", ""},
      {"require", DialplanLoader::lua_require, "require(name: string) -> any",
       "What a file of the dialplan's folder returns: `require \"lib.people\"` is lib/people.lua. Each file runs once a load.", ""},
      {"on", DialplanLoader::lua_on, "on(event: string, handler: fun(e: table))",
       "Calls a function with each event of that name: \"call.started\" and \"call.ended\" (call, context, dialled, caller, start, answer, "
       "\"end\", duration, disposition, cause, decisions, legs; times in seconds since 1970), \"session.began\" and "
       "\"session.ended\" (device, user, profile, version, since, until, door, by, state; why and by_hand when it has ended), "
       "\"device.profile_changed\" (device, profile, user, previous, version), or one that a module or `events.publish` tells. A "
       "handler has no call and cannot wait. One that fails is logged once; the others run all the same.",
       "on(\"call.ended\", function(e)\n  if e.disposition == \"busy\" then log(e.dialled, \"was busy for\", e.caller.number) end\nend)"},
      {"policy", DialplanLoader::lua_policy, "policy(name: string, decide: fun(q: table): any)",
       "Answers a question that a module asks, such as \"login\" (may this person log in at this phone?). The function has no call and "
       "cannot "
       "wait; what it may return is up to the question. One function a name.",
       "policy(\"login\", function(q)\n  if q.site == \"annex\" and q.user ~= \"john.doe\" then return \"Not at this site\" end\nend)"},
  };
  return kFunctions;
}

DialplanLoader& DialplanLoader::of(lua_State* L, const char* function) {
  auto* run = Runtime::of(L).running();
  if (run == nullptr || run->loader == nullptr) luaL_error(L, "%s can only be used while the dialplan is loaded, not in a call", function);
  return *run->loader;
}

int DialplanLoader::lua_include(lua_State* L) {
  of(L, "include");
  const std::string name = name_argument(L, "include");
  lua_createtable(L, 0, 1);
  lua_pushlstring(L, name.data(), name.size());
  lua_setfield(L, -2, "include");
  return 1;
}

int DialplanLoader::lua_on(lua_State* L) {
  auto& environment = *of(L, "on").environment_;
  const std::string name = event_name_argument(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  if (environment.event_handlers_.size() == kMostEvents) {
    return luaL_error(L, "on: handlers for more than %d events", static_cast<int>(kMostEvents));
  }
  auto& handlers = environment.event_handlers_[name];
  if (handlers.size() == kMostHandlers) {
    return luaL_error(L, "on: more than %d handlers of \"%s\"", static_cast<int>(kMostHandlers), name.c_str());
  }
  lua_settop(L, 2);
  handlers.push_back({luaL_ref(L, LUA_REGISTRYINDEX), place_of_caller(L)});
  environment.handlers_.push_back(handlers.back().handler);
  return 0;
}

int DialplanLoader::lua_policy(lua_State* L) {
  auto& environment = *of(L, "policy").environment_;
  const std::string name = event_name_argument(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  if (environment.policies_.size() == kMostEvents) return luaL_error(L, "policy: more than %d policies", static_cast<int>(kMostEvents));
  if (const auto there = environment.policies_.find(name); there != environment.policies_.end()) {
    return luaL_error(L, "policy: \"%s\" is at %s already", name.c_str(), there->second.place.to_string().c_str());
  }
  lua_settop(L, 2);
  const int decide = luaL_ref(L, LUA_REGISTRYINDEX);
  environment.handlers_.push_back(decide);
  environment.policies_.emplace(name, Environment::EventHandler{decide, place_of_caller(L)});
  return 0;
}

int DialplanLoader::lua_context(lua_State* L) {
  of(L, "context");
  name_argument(L, "context");
  lua_settop(L, 1);
  const auto place = place_of_caller(L);
  lua_pushstring(L, place.file.c_str());
  lua_pushinteger(L, place.line);
  lua_pushcclosure(L, lua_define, 3);
  return 1;
}

int DialplanLoader::lua_define(lua_State* L) {
  auto& loader = of(L, "context");
  Context context;
  context.name = lua_tostring(L, lua_upvalueindex(1));
  context.place = {lua_tostring(L, lua_upvalueindex(2)), static_cast<int>(lua_tointeger(L, lua_upvalueindex(3)))};
  if (lua_type(L, 1) != LUA_TTABLE)
    fail(L, fmt::format("{}: context \"{}\" needs a table of extensions", context.place.to_string(), context.name));
  loader.read_includes(L, context);
  loader.read_extensions(L, context);
  if (auto added = loader.environment_->contexts_.add(std::move(context)); !added) fail(L, added.error().message);
  return 0;
}

void DialplanLoader::read_includes(lua_State* L, Context& context) {
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  for (lua_Integer i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, i) != LUA_TTABLE || lua_getfield(L, -1, "include") != LUA_TSTRING) {
      fail(L, fmt::format("{}: context \"{}\": only include \"NAME\" can stand without [\"EXTENSION\"] =", context.place.to_string(),
                          context.name));
    }
    context.includes.emplace_back(lua_tostring(L, -1));
    lua_pop(L, 2);
  }
}

void DialplanLoader::read_extensions(lua_State* L, Context& context) {
  const auto includes = static_cast<lua_Integer>(context.includes.size());
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    if (lua_isinteger(L, -2) != 0 && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= includes) {
      lua_pop(L, 1);
      continue;
    }
    if (lua_type(L, -2) != LUA_TSTRING) {
      fail(L, fmt::format("{}: context \"{}\": write extensions in quotes, as [\"600\"]", context.place.to_string(), context.name));
    }
    const std::string text(lua_tostring(L, -2), lua_rawlen(L, -2));
    const ScriptPlace place{context.place.file, line_of(context.place, text)};
    auto pattern = Pattern::compile(text);
    if (!pattern) fail(L, fmt::format("{}: {}", place.to_string(), pattern.error().message));
    if (lua_type(L, -1) != LUA_TFUNCTION) fail(L, fmt::format("{}: \"{}\" needs a function(call, number)", place.to_string(), text));
    const int handler = luaL_ref(L, LUA_REGISTRYINDEX);
    environment_->handlers_.push_back(handler);
    context.extensions.push_back({std::move(*pattern), handler, place});
  }
}

// Lua does not tell the line of a table's entry: look for the quoted text, from the line of the context on.
int DialplanLoader::line_of(const ScriptPlace& from, std::string_view extension) const {
  const auto source = sources_.find(from.file);
  if (source == sources_.end()) return from.line;
  const std::string& text = source->second;
  size_t at = 0;
  for (int line = 1; line < from.line && at != std::string::npos; ++line) at = text.find('\n', at) + 1;
  for (const char quote : {'"', '\''}) {
    const size_t found = text.find(fmt::format("{}{}{}", quote, extension, quote), at);
    if (found == std::string::npos) continue;
    return from.line +
           static_cast<int>(std::count(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(found), '\n'));
  }
  return from.line;
}

int DialplanLoader::lua_require(lua_State* L) {
  auto& loader = of(L, "require");
  const std::string name = name_argument(L, "require");
  const std::string file = file_of(name);
  if (file.empty()) return luaL_error(L, "require \"%s\": not the name of a file inside the dialplan's folder", name.c_str());
  lua_rawgeti(L, LUA_REGISTRYINDEX, loader.modules_);
  if (lua_getfield(L, -1, file.c_str()) != LUA_TNIL) {
    if (lua_islightuserdata(L, -1)) return luaL_error(L, "require \"%s\": it is being loaded already (a circle)", name.c_str());
    return 1;
  }
  lua_pop(L, 1);
  lua_pushlightuserdata(L, &loader);
  lua_setfield(L, -2, file.c_str());
  if (auto compiled = loader.compile(L, file); !compiled) {
    if (compiled.error().code != ErrorCode::invalid)
      return luaL_error(L, "require \"%s\": %s", name.c_str(), compiled.error().message.c_str());
    fail(L, compiled.error().message);
  }
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, file.c_str());
  return 1;
}

Result<std::shared_ptr<const Environment>> Environment::load(std::shared_ptr<Runtime> runtime, const std::string& path) {
  const std::filesystem::path file(path);
  const std::string folder = file.parent_path().string();
  return DialplanLoader(std::move(runtime), folder.empty() ? "." : folder, file.filename().string(), nullptr).run();
}

Environment::~Environment() {
  for (const int handler : handlers_) luaL_unref(runtime_->main(), LUA_REGISTRYINDEX, handler);
}

std::string Environment::summary() const {
  size_t extensions = 0;
  for (const auto& context : contexts_.all()) extensions += context->extensions.size();
  return fmt::format("{} contexts with {} extensions, from {} files", contexts_.all().size(), extensions, files_);
}

}  // namespace tandem
