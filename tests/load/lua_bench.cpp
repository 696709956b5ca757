// What a routing decision costs: a call through the shipped main.lua, from start to the end of its script, with a dial that is parked once.
#include <benchmark/benchmark.h>

#include "call/verb_table.h"
#include "lua/contexts.h"
#include "lua/lua_api.h"
#include "lua/lua_dialplan.h"
#include "support/fake_call.h"
#include "support/fake_loop.h"
#include "support/office_directory.h"

namespace {

using namespace tandem;
using namespace tandem::test;

struct Nothing final : Operation {};

struct Office {
  Office() {
    Verb dial;
    dial.name = "dial";
    dial.start = [this](Call&, const Value&, VerbDone done) {
      done_ = std::move(done);
      return std::make_unique<Nothing>();
    };
    registered_ = std::move(*verbs_.add(std::move(dial)));
    if (auto loaded = dialplan_.load(TANDEM_SOURCE_DIR "/dialplan/main.lua"); !loaded) throw std::runtime_error(loaded.error().message);
  }

  void run(benchmark::State& state, const std::string& device, const std::string& number) {
    FakeCall call("phones", number);
    call.device_ = directory_.device(device);
    call.occupant_ = directory_.occupant(*call.device_);
    for (auto _ : state) {
      bool ended = false;
      auto script = dialplan_.start(call, [&](ScriptEnd) { ended = true; });
      if (done_) std::exchange(done_, nullptr)(Value("answered"));
      loop_.settle();
      if (!ended) state.SkipWithError("the script has not ended");
      call.explained_.clear();
    }
  }

  void abandon(benchmark::State& state, const std::string& device, const std::string& number) {
    FakeCall call("phones", number);
    call.device_ = directory_.device(device);
    call.occupant_ = directory_.occupant(*call.device_);
    for (auto _ : state) {
      auto script = dialplan_.start(call, [](ScriptEnd) {});
      (*script)->abort({});
      (*script).reset();
      loop_.settle();
      call.explained_.clear();
    }
  }

  FakeLoop loop_;
  OfficeDirectory directory_;
  VerbTable verbs_;
  VerbDone done_;
  Registration registered_;
  LuaDialplan dialplan_{ScriptServices{.loop = &loop_, .directory = &directory_, .verbs = &verbs_, .events = nullptr, .http = nullptr}};
};

void inside(benchmark::State& state) { Office().run(state, "SEP001122330001", "11002"); }
void outside(benchmark::State& state) { Office().run(state, "SEP001122330001", "94089717272"); }
void refused(benchmark::State& state) { Office().run(state, "SEP0011223300A1", "94089717272"); }
/// The caller hangs up while somebody rings: the other way in which most calls end.
void abandoned(benchmark::State& state) { Office().abandon(state, "SEP001122330001", "11002"); }
BENCHMARK(inside);
BENCHMARK(outside);
BENCHMARK(refused);
BENCHMARK(abandoned);

/// What Lua alone asks for a call: a coroutine that waits once in a C function, without meter, sandbox or dialplan. The floor of the
/// others.
void bare_coroutine(benchmark::State& state) {
  lua_State* L = luaL_newstate();
  (void)luaL_loadstring(L, "return function(dial) local outcome = dial('user/jane.white') return outcome end");
  lua_call(L, 0, 1);
  for (auto _ : state) {
    lua_State* thread = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, thread, 1);
    lua_pushcfunction(thread, [](lua_State* here) { return lua_yield(here, 0); });
    int results = 0;
    lua_resume(thread, L, 1, &results);
    lua_pushliteral(thread, "answered");
    lua_resume(thread, L, 1, &results);
    lua_pop(L, 1);
  }
  lua_close(L);
}
BENCHMARK(bare_coroutine);

/// Fifty patterns that differ late, of which the last one fits.
void fifty_patterns(benchmark::State& state) {
  Context context;
  context.name = "c";
  for (int i = 10; i < 60; ++i) context.extensions.push_back({*Pattern::compile(fmt::format("_9011{}XXXX.", i)), 0, {}});
  Contexts contexts;
  if (!contexts.add(std::move(context)) || !contexts.finish()) return state.SkipWithError("no contexts");
  for (auto _ : state) benchmark::DoNotOptimize(contexts.match("c", "901159123456"));
}
BENCHMARK(fifty_patterns);

}  // namespace

BENCHMARK_MAIN();
