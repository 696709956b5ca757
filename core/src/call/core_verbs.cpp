#include "call/core_verbs.h"

#include <fmt/format.h>

#include "call/dial.h"
#include "call/media_verbs.h"
#include "call/move_verbs.h"

namespace tandem {

namespace {

std::unique_ptr<Operation> answer(Call& call, const Value& /*args*/, VerbDone done) {
  if (auto up = call.answer(); !up) {
    done(up.error());
  } else {
    done(Value());
  }
  return nullptr;
}

class Wait final : public Operation {
 public:
  Wait(Loop& loop, Duration time, VerbDone done) : done_(std::move(done)), timer_(loop) {
    timer_.start(time, [this] {
      VerbDone report = std::move(done_);  // the script destroys us
      report(Value());
    });
  }

 private:
  VerbDone done_;
  Timer timer_;
};

std::unique_ptr<Operation> wait(Loop& loop, const Value& args, VerbDone done) {
  constexpr double kLongest = 24 * 3600;
  if (args.size() != 1 || !args[0].is_number() || !(args[0].get<double>() >= 0 && args[0].get<double>() <= kLongest)) {
    done(Error{ErrorCode::invalid, "wait: takes one number of seconds, at most a day"});
    return nullptr;
  }
  return std::make_unique<Wait>(loop, std::chrono::milliseconds(static_cast<int64_t>(args[0].get<double>() * 1000)), std::move(done));
}

std::pair<std::string, Value> describe_dial(Call& /*call*/, const Value& args) {
  const auto request = parse_dial(args);
  if (!request) return {request.error().message, Value()};
  std::string line = "dial";
  for (const auto& target : request->targets) {
    line += " " + target.text;
    if (target.delay.count() > 0) line += fmt::format(" after {} s", static_cast<double>(target.delay.count()) / 1000);
  }
  // A dry run goes the way on which nobody answers: the one with more decisions in it.
  return {fmt::format("{}, at most {} s", line, static_cast<double>(request->timeout.count()) / 1000), Value("no-answer")};
}

}  // namespace

std::vector<Registration> register_core_verbs(VerbTable& verbs, Loop& loop, const CallerLookUp& look_up) {
  std::vector<Registration> made;
  const auto add = [&](Verb verb) {
    if (auto added = verbs.add(std::move(verb))) made.push_back(std::move(*added));
  };
  add({"answer", "answer()", "Answers the caller's leg, if it is not up yet. Everything that makes sound for the caller does it by itself.",
       answer, nullptr, "call:answer()"});
  add({"dial",
       "dial{target, {target, delay = seconds}, ..., timeout = 30, group = false, emergency = false, location = \"\", headers = {}} -> "
       "outcome",
       "Rings the targets, each after its delay, and joins the first that answers with the caller; the others are cancelled as answered "
       "elsewhere. "
       "A target is \"user/ID\" (every device where that person is), \"sip/DEVICE\" or \"sip/TRUNK/NUMBER\". Returns when the called side "
       "has hung up "
       "(\"answered\") or when nobody will answer any more: \"busy\", \"rejected\", \"no-answer\", \"unavailable\", \"invalid-number\" or "
       "\"congestion\"; or \"voicemail\" when a person has sent the caller there, by a key at a remote destination. With a person ring "
       "their remote destinations (Mobile Connect), each after its own delay; with `group`, or where several people are rung at once, as "
       "those of members of a hunt group. `headers` are sent along, names and texts: {[\"Alert-Info\"] = \"<urn:alert:source:external>\"}; "
       "those that the "
       "protocol "
       "writes itself are refused. `emergency` passes every limit and sends `location` to the centre.",
       [](Call& call, const Value& args, VerbDone done) { return Dial::start(static_cast<CallImpl&>(call), args, std::move(done)); },
       describe_dial,
       "local outcome = call:dial { \"user/jane.white\", { \"sip/pstn/+14085557001\", delay = 4 }, timeout = 30 }\n"
       "if outcome == \"busy\" then call:hangup(\"busy\") end"});
  add({"wait", "wait(seconds)", "Lets the call be for that long.",
       [&loop](Call&, const Value& args, VerbDone done) { return wait(loop, args, std::move(done)); }, nullptr,
       "call:answer()\ncall:wait(1.5)"});
  for (auto& one : register_media_verbs(verbs)) made.push_back(std::move(one));
  for (auto& one : register_move_verbs(verbs)) made.push_back(std::move(one));
  for (auto& one : register_caller_verbs(verbs, look_up)) made.push_back(std::move(one));
  return made;
}

}  // namespace tandem
