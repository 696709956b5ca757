// The shipped dialplan: every kind of number, from every kind of caller; and its trace.
#include "call/caller_verbs.h"
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

class Office : public ScriptTest {
 protected:
  Office() {
    for (auto& verb : register_caller_verbs(verbs_, {})) registered_.push_back(std::move(verb));
    add("answer", [](Call& call, const Value&, VerbDone done) -> std::unique_ptr<Operation> {
      (void)call.answer();
      done(Value());
      return nullptr;
    });
    add("echo", [](Call& call, const Value&, VerbDone done) -> std::unique_ptr<Operation> {
      (void)call.echo();
      done(Value());
      return nullptr;
    });
    add("dial", [this](Call& call, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
      dialled_ = args.at(0);
      shown_ = call.caller_identity();
      done(Value(outcome_));
      return nullptr;
    });
    const auto loaded = dialplan_.load(TANDEM_SOURCE_DIR "/dialplan/main.lua");
    EXPECT_TRUE(loaded) << loaded.error().message;
  }

  void add(std::string name, decltype(Verb::start) start) {
    Verb verb{std::move(name), "", "", std::move(start), nullptr};
    if (verb.name == "dial") {
      verb.dry_run = [](Call&, const Value& args) { return std::pair("dial " + args.dump(), Value("no-answer")); };
    }
    registered_.push_back(std::move(*verbs_.add(std::move(verb))));
  }

  std::unique_ptr<ScriptedCall> from_device(const std::string& device, const std::string& number) {
    auto made = std::make_unique<ScriptedCall>();
    made->call.dialled_ = number;
    made->call.device_ = directory_.device(device);
    made->call.occupant_ = directory_.occupant(*made->call.device_);
    made->call.identity_ = {made->call.occupant_.number, made->call.occupant_.name, false};
    return run_call(std::move(made));
  }
  std::unique_ptr<ScriptedCall> from_trunk(const std::string& caller, const std::string& number) {
    auto made = std::make_unique<ScriptedCall>();
    made->call.context_ = "pstn";
    made->call.dialled_ = number;
    made->call.identity_.number = caller;
    return run_call(std::move(made));
  }
  std::unique_ptr<ScriptedCall> run_call(std::unique_ptr<ScriptedCall> made) {
    dialled_ = Value();
    auto call = start(std::move(made));
    EXPECT_TRUE(call->end);
    return call;
  }
  std::string target() const { return dialled_.is_null() ? "none" : dialled_["list"][0].get<std::string>(); }

  const std::string john_ = "SEP001122330001";
  const std::string jane_ = "SEP001122330002";
  const std::string neutral_ = "SEP0011223300A1";
  const std::string annex_ = "SEP0011223300B1";
  std::string outcome_ = "answered";
  Value dialled_;
  Party shown_;
};

TEST_F(Office, RoutesAreWhatAPhoneWouldDialItself) {
  const auto inside = dialplan_.route("SEP001122330002", "11001");
  ASSERT_TRUE(inside) << inside.error().message;
  EXPECT_EQ(inside->dial[0]["list"][0], "user/john.doe");
  EXPECT_FALSE(inside->shown_as);
  const auto outside = dialplan_.route("SEP001122330002", "914085559876");
  ASSERT_TRUE(outside) << outside.error().message;
  EXPECT_EQ(outside->dial[0]["list"][0], "sip/pstn/+14085559876");
  ASSERT_TRUE(outside->shown_as);
  EXPECT_EQ(outside->shown_as->number, "+14085551002");
  EXPECT_EQ(dialplan_.route("SEP001122330002", "9011441632960000").error().code, ErrorCode::forbidden) << "national, not international";
  EXPECT_EQ(dialplan_.route("SEP0011223300A1", "914085559876").error().code, ErrorCode::forbidden) << "nobody is logged in";
  const auto person = dialplan_.route_as("jane.white", "914085559876");
  ASSERT_TRUE(person) << person.error().message;
  EXPECT_EQ(person->dial[0]["list"][0], "sip/pstn/+14085559876") << "as a person who is at no phone";
  EXPECT_EQ(dialplan_.route_as("jane.white", "9011441632960000").error().code, ErrorCode::forbidden);
  EXPECT_EQ(dialplan_.route_as("nobody", "914085559876").error().code, ErrorCode::not_found);
  EXPECT_EQ(dialplan_.route("SEP001122330002", "600").error().code, ErrorCode::forbidden) << "no dial";
  EXPECT_EQ(dialplan_.route("SEP001122330002", "0").error().code, ErrorCode::forbidden);
  EXPECT_EQ(dialplan_.route("nobody", "11001").error().code, ErrorCode::not_found);
  EXPECT_TRUE(dialled_.is_null()) << "nothing has been dialled";
}

TEST_F(Office, AnExtensionRingsThePersonEverywhere) {
  const auto call = from_device(john_, "11002");
  EXPECT_EQ(dialled_, Value::parse(R"({"list": ["user/jane.white"], "timeout": 30})"));
  EXPECT_EQ(shown_.number, "11001");
  EXPECT_FALSE(call->end->ending);
  from_device(neutral_, "11001");
  EXPECT_EQ(target(), "user/john.doe");
}

TEST_F(Office, ANeutralPhoneIsRungAtItsOwnExtension) {
  from_device(john_, "19001");
  EXPECT_EQ(target(), "sip/SEP0011223300A1");
  from_device(john_, "19003");
  EXPECT_EQ(target(), "sip/SEP0011223300B1");
}

TEST_F(Office, NumbersThatNobodyHas) {
  EXPECT_EQ(from_device(john_, "11999")->cause(), Cause::unallocated);
  EXPECT_EQ(from_device(john_, "777")->cause(), Cause::unallocated);
  EXPECT_EQ(from_device(neutral_, "11999")->cause(), Cause::unallocated);
  EXPECT_EQ(target(), "none");
}

TEST_F(Office, EchoTest) {
  for (const auto& device : {john_, neutral_}) {
    const auto call = from_device(device, "600");
    EXPECT_EQ(call->call.done_, (std::vector<std::string>{"answer", "echo"}));
  }
}

TEST_F(Office, OutsideNumbersLeaveAsE164WithTheCallersOwnNumber) {
  for (const char* number : {"94089717272", "914089717272", "+14089717272"}) {
    from_device(john_, number);
    EXPECT_EQ(target(), "sip/pstn/+14089717272") << number;
    EXPECT_EQ(shown_.number, "+14085551001");
  }
  from_device(john_, "9011442079460000");
  EXPECT_EQ(target(), "sip/pstn/+442079460000");
  from_device(john_, "+442079460000");
  EXPECT_EQ(target(), "sip/pstn/+442079460000");
}

TEST_F(Office, WhatAClassMayDial) {
  struct Row {
    const char* user;
    const char* number;
    bool allowed;
  };
  const Row rows[] = {
      {"john.doe", "94089717272", true},    {"john.doe", "9011442079460000", true},    {"jane.white", "94089717272", true},
      {"jane.white", "+14089717272", true}, {"jane.white", "9011442079460000", false}, {"jane.white", "+442079460000", false},
      {"sam.night", "94089717272", false},  {"sam.night", "+442079460000", false},     {"sam.night", "914089717272", false},
  };
  for (const auto& row : rows) {
    directory_.at_[neutral_] = row.user;
    const auto call = from_device(neutral_, row.number);
    EXPECT_EQ(target() != "none", row.allowed) << row.user << " " << row.number;
    EXPECT_EQ(call->cause(), row.allowed ? Cause::none : Cause::forbidden);
  }
}

TEST_F(Office, ALoggedOutPhoneCallsInsideOnly) {
  for (const char* number :
       {"94089717272", "914089717272", "+14089717272", "9011442079460000", "+442079460000", "4089717272", "*72123", "0", "x"}) {
    const auto call = from_device(neutral_, number);
    EXPECT_EQ(call->cause(), Cause::forbidden) << number;
    EXPECT_EQ(call->text(), "Not permitted while logged out");
    EXPECT_EQ(target(), "none");
  }
}

TEST_F(Office, HostileNumbersDoNotReachTheTrunk) {
  for (const char* number : {"+1@evil.example", "9011;phone-context=x", "+12345678901234567890", "+0123", "+4420?x=y", "+44/20"}) {
    const auto call = from_device(john_, number);
    EXPECT_EQ(target(), "none") << number;
    EXPECT_TRUE(call->end->ending);
  }
}

TEST_F(Office, EmergencyCallsGoFromAnyPhoneInAnyState) {
  const std::pair<const char*, const char*> numbers[] = {{"911", "911"}, {"112", "112"}, {"9911", "911"}, {"9112", "112"}};
  directory_.at_[annex_] = "sam.night";
  for (const auto& [number, service] : numbers) {
    for (const auto& device : {john_, neutral_, annex_}) {
      from_device(device, number);
      const bool annex = device == annex_;
      EXPECT_EQ(target(), std::string("sip/pstn/") + service);
      EXPECT_EQ(dialled_["emergency"], true);
      EXPECT_EQ(dialled_["location"], annex ? "120 Main Street" : "100 Main Street");
      EXPECT_EQ(shown_.number, annex ? "+14085551900" : "+14085551000") << "the site's number, not the person's";
      EXPECT_FALSE(shown_.restricted);
    }
  }
}

TEST_F(Office, CallsFromOutsideRingThePerson) {
  for (const char* number : {"+14085551001", "14085551001", "4085551001"}) {
    from_trunk("4085557001", number);
    EXPECT_EQ(target(), "user/john.doe") << number;
  }
  EXPECT_EQ(from_trunk("4085557001", "+14085559999")->cause(), Cause::unallocated);
  EXPECT_EQ(from_trunk("4085557001", "+14089717272")->cause(), Cause::unallocated) << "nobody gets through us to the outside";
  for (const char* number : {"911", "11001", "19001", "600", "*11"}) {
    EXPECT_FALSE(from_trunk("4085557001", number)->end->matched) << number << ": only outside numbers come in";
  }
}

TEST_F(Office, CallerNumbersFromOutsideAreAsOneWouldDialThem) {
  const std::pair<const char*, const char*> numbers[] = {{"4085557001", "914085557001"},
                                                         {"14085557001", "914085557001"},
                                                         {"+14085557001", "914085557001"},
                                                         {"+442079460000", "9011442079460000"},
                                                         {"anonymous", "anonymous"},
                                                         {"", ""},
                                                         {"911", "911"}};
  for (const auto& [asserted, shown] : numbers) {
    from_trunk(asserted, "+14085551001");
    EXPECT_EQ(shown_.number, shown) << asserted;
  }
}

TEST_F(Office, HowADialEndsIsHowTheCallEnds) {
  outcome_ = "busy";
  EXPECT_FALSE(from_device(john_, "11002")->end->ending) << "the caller hears what the called side said";
  outcome_ = "unavailable";
  EXPECT_EQ(from_device(john_, "11002")->cause(), Cause::no_answer);
  EXPECT_EQ(from_device(john_, "94089717272")->cause(), Cause::congestion);
}

std::string lines(const Json& rows) {
  std::string text;
  for (const auto& row : rows) text += row["what"].get<std::string>() + ": " + row["detail"].get<std::string>() + "\n";
  return text;
}

TEST_F(Office, TraceTellsEachDecision) {
  const auto traced = dialplan_.trace(john_, "94089717272");
  ASSERT_TRUE(traced) << traced.error().message;
  EXPECT_EQ(lines(*traced),
            "from: SEP001122330001 (11001, john.doe, class international) in context phones\n"
            "context: asked in this order: phones, emergency, own line, inside, outside, anything else\n"
            "match: _9NXXNXXXXXX in outside\n"
            "also fits: _. in anything else\n"
            "dial: dial [{\"list\":[\"sip/pstn/+14089717272\"],\"timeout\":120}]\n"
            "end: the script has returned\n");
  EXPECT_EQ((*traced)[4]["at"].get<std::string>().substr(0, 16), "lib/outside.lua:");
  EXPECT_TRUE(dialled_.is_null()) << "a trace dials nobody";
}

TEST_F(Office, TraceFindsItsCaller) {
  EXPECT_NE(lines(*dialplan_.trace("john.doe", "600")).find("answer: answer()"), std::string::npos);
  EXPECT_EQ(lines(*dialplan_.trace("11001", "600")), lines(*dialplan_.trace("SEP001122330001", "600")));
  EXPECT_NE(lines(*dialplan_.trace("19001", "94089717272")).find("end: hangup, cause forbidden: Not permitted while logged out"),
            std::string::npos);
  EXPECT_NE(lines(*dialplan_.trace("sam.night", "11001")).find("from: no device (11003, sam.night, class internal)"), std::string::npos);
  const auto outside = lines(*dialplan_.trace("pstn/4085557001", "+14085551002"));
  EXPECT_NE(outside.find("from: 4085557001 in context pstn"), std::string::npos) << outside;
  EXPECT_NE(outside.find("user/jane.white"), std::string::npos) << outside;
  EXPECT_NE(lines(*dialplan_.trace("pstn", "5")).find("no extension fits"), std::string::npos);
  EXPECT_EQ(dialplan_.trace("nobody", "600").error().code, ErrorCode::not_found);
  EXPECT_EQ(dialplan_.trace("11001", std::string(5000, '1')).error().code, ErrorCode::invalid);
}

class ListConsole final : public Console {
 public:
  Result<Registration> add(ConsoleCommand command) override {
    const auto words = command.words;
    commands_[words] = std::move(command);
    return Registration([this, words] { commands_.erase(words); });
  }
  void publish(std::string_view /*topic*/, std::string_view /*line*/) override {}
  bool watched(std::string_view /*topic*/) const override { return false; }

  Result<Json> run(const std::string& words, const std::vector<std::string>& args) {
    std::optional<Result<Json>> answer;
    commands_.at(words).run(args, [&](Result<Json> reply) { answer = std::move(reply); });
    return std::move(*answer);
  }
  std::map<std::string, ConsoleCommand> commands_;
};

TEST_F(Office, TheConsoleHasItAll) {
  ListConsole console;
  {
    const auto registrations = register_dialplan_commands(console, dialplan_);
    EXPECT_EQ(registrations.size(), 4U);
    EXPECT_TRUE(console.run("dialplan reload", {}));
    EXPECT_EQ(console.run("dialplan show", {"pstn"})->size(), 7U);
    EXPECT_GT(console.run("dialplan show", {})->size(), 10U);
    EXPECT_FALSE(console.run("dialplan show", {"a", "b"}));
    EXPECT_TRUE(console.run("dialplan trace", {"11001", "600"}));
    EXPECT_FALSE(console.run("dialplan trace", {"11001"}));
  }
  EXPECT_TRUE(console.commands_.empty());
}

}  // namespace
}  // namespace tandem::test
