#include "lua/test_runner.h"

#include <fmt/format.h>

#include <filesystem>

#include "lua/loader.h"
#include "lua/lua_value.h"
#include "lua/simulation.h"

namespace tandem {

namespace {

constexpr size_t kMostTests = 2000;  // of one file

struct Found {
  std::string name;
  ScriptPlace place;
  int function;
};

/// The tests of one file, while it is loaded and run.
class TestFile {
 public:
  TestFile(std::shared_ptr<Runtime> runtime, std::shared_ptr<const Environment> dialplan)
      : runtime_(std::move(runtime)), simulation_(runtime_, std::move(dialplan)) {}
  ~TestFile() {
    for (const auto& test : found_) luaL_unref(runtime_->main(), LUA_REGISTRYINDEX, test.function);
  }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;

  DialplanTestFile run(const std::string& folder, const std::string& file) {
    DialplanTestFile report{file, {}, {}};
    DialplanLoader loader(runtime_, folder, file, [this](lua_State* L) { add_functions(L); });
    if (auto loaded = loader.run(); !loaded) {
      report.error = loaded.error().message;
      return report;
    }
    for (const auto& test : found_) report.tests.push_back(run_one(test));
    return report;
  }

 private:
  void add_functions(lua_State* L) {
    lua_pushlightuserdata(L, this);
    lua_pushcclosure(L, define, 1);
    lua_setfield(L, -2, "test");
    simulation_.add_functions(L);
  }

  DialplanTest run_one(const Found& test) {
    DialplanTest result{test.name, test.place.to_string(), {}};
    Run run(runtime_->main(), nullptr, nullptr);
    lua_rawgeti(run.thread, LUA_REGISTRYINDEX, test.function);
    int results = 0;
    const int status = runtime_->resume(run, kLoadBounds, 0, &results);
    if (status == LUA_OK) return result;
    result.failure = status == LUA_YIELD ? "the test waits for something" : error_sentence(run.thread, -1);
    runtime_->close(run);
    return result;
  }

  static int define(lua_State* L) {
    auto& self = *static_cast<TestFile*>(lua_touserdata(L, lua_upvalueindex(1)));
    if (Runtime::of(L).running()->loader == nullptr) return luaL_error(L, "test: not inside a test");
    const char* name = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (self.found_.size() == kMostTests) return luaL_error(L, "more than %d tests in a file", static_cast<int>(kMostTests));
    lua_settop(L, 2);
    self.found_.push_back({name, place_of_caller(L), luaL_ref(L, LUA_REGISTRYINDEX)});
    return 0;
  }

  std::shared_ptr<Runtime> runtime_;
  Simulation simulation_;
  std::vector<Found> found_;
};

}  // namespace

Result<std::vector<DialplanTestFile>> run_dialplan_tests(const ScriptServices& services, const std::string& main,
                                                         const std::vector<std::string>& files) {
  const auto runtime = std::make_shared<Runtime>(services);
  const auto dialplan = Environment::load(runtime, main);
  if (!dialplan) return dialplan.error();
  const auto folder = std::filesystem::absolute(main).parent_path();
  std::vector<DialplanTestFile> reports;
  for (const auto& file : files) {
    const auto shown = std::filesystem::absolute(file).lexically_relative(folder).string();
    reports.push_back(TestFile(runtime, *dialplan).run(folder.string(), shown));
  }
  return reports;
}

}  // namespace tandem
