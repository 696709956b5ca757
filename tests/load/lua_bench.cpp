// What a routing decision costs: a call through the shipped main.lua, from start to the end of its script, with a dial that is parked once.
#include <benchmark/benchmark.h>

#include "call/verb_table.h"
#include "lua/contexts.h"
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

  FakeLoop loop_;
  OfficeDirectory directory_;
  VerbTable verbs_;
  VerbDone done_;
  Registration registered_;
  LuaDialplan dialplan_{loop_, directory_, verbs_};
};

void inside(benchmark::State& state) { Office().run(state, "SEP001122330001", "11002"); }
void outside(benchmark::State& state) { Office().run(state, "SEP001122330001", "94089717272"); }
void refused(benchmark::State& state) { Office().run(state, "SEP0011223300A1", "94089717272"); }
BENCHMARK(inside);
BENCHMARK(outside);
BENCHMARK(refused);

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
