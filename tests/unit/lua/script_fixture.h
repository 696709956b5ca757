// What the tests of scripts share: a dialplan from text in a folder of its own, a small directory, and verbs that the test ends by hand.
#pragma once

#include <gtest/gtest.h>

#include "call/verb_table.h"
#include "lua/lua_dialplan.h"
#include "support/fake_call.h"
#include "support/fake_events.h"
#include "support/fake_http.h"
#include "support/fake_loop.h"
#include "support/office_directory.h"
#include "unit/lua/dialplan_folder.h"

namespace tandem::test {

/// A call in the hands of the test, with its script and how that ended.
struct ScriptedCall {
  FakeCall call;
  std::optional<ScriptEnd> end;
  std::unique_ptr<Script> script;

  /// What went wrong; else what the far end is told.
  std::string text() const { return !end ? "" : !end->error.empty() ? end->error : end->ending ? end->ending->text : ""; }
  Cause cause() const { return end && end->ending ? end->ending->cause : Cause::none; }
};

class ScriptTest : public testing::Test {
 protected:
  ScriptTest() {
    add_verb("now", [this](Call&, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
      arguments_ = args;
      done(Value(args));
      return nullptr;
    });
    add_verb("fail", [](Call&, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
      done(Error{ErrorCode::unavailable, args.at(0).get<std::string>()});
      return nullptr;
    });
    add_verb("later", [this](Call&, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
      arguments_ = args;
      done_ = std::move(done);
      return std::make_unique<Counted>(operations_);
    });
  }

  void add_verb(std::string name, decltype(Verb::start) start) {
    Verb verb;
    verb.name = std::move(name);
    verb.start = std::move(start);
    auto added = verbs_.add(std::move(verb));
    ASSERT_TRUE(added);
    registered_.push_back(std::move(*added));
  }

  /// Loads a dialplan whose context "phones" runs `body` for extension 1.
  void load_body(const std::string& body) { load("context \"phones\" {\n[\"1\"] = function(call, number)\n" + body + "\nend }"); }
  void load(const std::string& text) {
    const auto loaded = dialplan_.load(folder_.write("main.lua", text));
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  std::string load_error(const std::string& text) {
    const auto loaded = dialplan_.load(folder_.write("main.lua", text));
    return loaded ? "" : loaded.error().message;
  }

  std::unique_ptr<ScriptedCall> start(const std::string& dialled = "1", const std::string& context = "phones") {
    auto made = std::make_unique<ScriptedCall>();
    made->call.context_ = context;
    made->call.dialled_ = dialled;
    return start(std::move(made));
  }
  std::unique_ptr<ScriptedCall> start(std::unique_ptr<ScriptedCall> made) {
    auto script = dialplan_.start(made->call, [m = made.get()](ScriptEnd end) {
      EXPECT_FALSE(m->end) << "ended twice";
      m->end = std::move(end);
    });
    EXPECT_TRUE(script);
    EXPECT_FALSE(made->end) << "ended inside start";
    made->script = std::move(*script);
    loop_.settle();
    return made;
  }
  /// Loads, runs, returns what the script passed to call:now().
  Value run(const std::string& body) {
    load_body(body);
    const auto call = start();
    EXPECT_TRUE(call->end);
    EXPECT_EQ(call->text(), "") << body;
    return arguments_;
  }

  struct Counted final : Operation {
    explicit Counted(int& count) : count_(count) { ++count_; }
    ~Counted() override { --count_; }
    int& count_;
  };

  FakeLoop loop_;
  OfficeDirectory directory_;
  VerbTable verbs_;
  FakeEvents events_;
  FakeHttp http_;
  std::vector<Registration> registered_;
  DialplanFolder folder_;
  Value arguments_;     ///< of the last now() or later()
  VerbDone done_;       ///< ends the last later()
  int operations_ = 0;  ///< later()s under way
  LuaDialplan dialplan_{ScriptServices{&loop_, &directory_, &verbs_, &events_, &http_}};
};

}  // namespace tandem::test
