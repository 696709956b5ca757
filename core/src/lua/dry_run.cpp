#include "lua/dry_run.h"

#include <fmt/format.h>

#include "lua/call_script.h"
#include "lua/imagined_call.h"
#include "tandem/moment.h"

namespace tandem {

namespace {

constexpr size_t kMostSteps = 200;

/// What a web server would have said to a script that nobody has called.
Value nobody_asked() { return {{"error", "a trace asks nobody"}}; }

/// Keeps the first dial alone: a dry run takes it for unanswered and goes on. Questions to web servers have no answer and do not count.
class FirstDial final : public ScriptTracer {
 public:
  void step(std::string_view /*what*/, std::string /*detail*/, const ScriptPlace& /*place*/) override {}
  Result<Value> ask(Call& call, const std::string& name, const Verb* verb, const Value& arguments, const ScriptPlace& /*place*/) override {
    if (verb == nullptr) return nobody_asked();
    if (name == "dial" && !dial_) {
      dial_ = arguments;
      shown_ = call.caller_identity();
    } else if (!dial_ && other_.empty() && !verb->asks_only) {
      other_ = name;
    }
    return verb->dry_run ? verb->dry_run(call, arguments).second : Value();
  }
  bool imagines(std::string_view /*name*/) const override { return false; }

  std::optional<Value> dial_;
  std::string other_;  ///< the first verb before it
  Party shown_;
};

class Steps final : public ScriptTracer {
 public:
  void step(std::string_view what, std::string detail, const ScriptPlace& place) override {
    if (rows_.size() < kMostSteps)
      rows_.push_back({{"what", what}, {"detail", std::move(detail)}, {"at", place.file.empty() ? "" : place.to_string()}});
  }
  Result<Value> ask(Call& call, const std::string& name, const Verb* verb, const Value& arguments, const ScriptPlace& place) override {
    if (verb != nullptr && verb->dry_run) {
      auto [line, value] = verb->dry_run(call, arguments);
      step(name, std::move(line), place);
      return std::move(value);
    }
    if (verb != nullptr && verb->asks_only) return Value();  // nobody is asked, and nothing else would have come of it
    const std::string list = arguments.dump();
    step(name, fmt::format("{}({})", name, list.substr(1, list.size() - 2)), place);
    if (verb == nullptr) return nobody_asked();
    return Value();
  }
  bool imagines(std::string_view /*name*/) const override { return false; }
  Json take() { return std::move(rows_); }

 private:
  Json rows_ = Json::array();
};

void explain_match(Steps& steps, const Contexts& contexts, const std::string& context, std::string_view number) {
  const auto* start = contexts.find(context);
  if (start == nullptr) return steps.step("context", fmt::format("there is no context \"{}\"", context), {});
  std::string asked;
  for (const auto* one : start->asked) asked += (asked.empty() ? "" : ", ") + one->name;
  steps.step("context", fmt::format("asked in this order: {}", asked), start->place);
  const auto all = contexts.all_matches(context, number);
  for (size_t i = 0; i < all.size(); ++i) {
    steps.step(i == 0 ? "match" : "also fits", fmt::format("{} in {}", all[i].extension->pattern.text(), all[i].context->name),
               all[i].extension->place);
  }
}

std::string describe(const ScriptEnd& end) {
  if (!end.matched) return "no extension fits: the number is unallocated";
  if (!end.error.empty()) return "the script failed: " + end.error;
  if (!end.ending) return "the script has returned";
  return fmt::format("hangup, cause {}{}{}", to_string(end.ending->cause), end.ending->text.empty() ? "" : ": ", end.ending->text);
}

std::string zone_of(const Call& call, Directory& directory) {
  const auto site = call.device() == nullptr ? nullptr : directory.site(call.device()->site);
  return site == nullptr ? std::string() : site->time_zone;
}

}  // namespace

namespace {

Result<NumberRoute> route_of(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                             ImaginedCall& call) {
  const std::string& number = call.dialled();
  const Party before = call.caller_identity();
  FirstDial first;
  std::string refusal;
  const auto script =
      std::make_shared<CallScript>(runtime, environment, call, &first, [&refusal](ScriptEnd end) { refusal = describe(end); });
  script->begin(environment->contexts().match(call.context(), number));
  script->drop();
  if (!first.other_.empty()) return Error{ErrorCode::forbidden, fmt::format("{} would {}, not dial", number, first.other_)};
  if (!first.dial_) return Error{ErrorCode::forbidden, std::move(refusal)};
  NumberRoute route{std::move(*first.dial_), std::nullopt};
  if (first.shown_.number != before.number || first.shown_.name != before.name) route.shown_as = first.shown_;
  return route;
}

}  // namespace

Result<NumberRoute> imagined_route(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                                   std::string_view device, std::string_view number) {
  Directory& directory = *runtime->services().directory;
  if (directory.device(device) == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no device \"{}\"", device)};
  auto made = ImaginedCall::make(environment->contexts(), directory, device, number);
  if (!made) return made.error();
  return route_of(runtime, environment, **made);
}

Result<NumberRoute> imagined_route_as(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                                      std::string_view user, std::string_view number) {
  const auto made = ImaginedCall::of_person(*runtime->services().directory, user, number);
  if (!made) return made.error();
  return route_of(runtime, environment, **made);
}

Result<Json> dry_run(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment, std::string_view from,
                     std::string_view to, std::string_view at) {
  Directory& directory = *runtime->services().directory;
  const auto& contexts = environment->contexts();
  auto made = ImaginedCall::make(contexts, directory, from, to);
  if (!made) return made.error();
  ImaginedCall& call = **made;
  Steps steps;
  steps.step("from", call.describe(), {});
  explain_match(steps, contexts, call.context(), to);
  const auto script =
      std::make_shared<CallScript>(runtime, environment, call, &steps, [&steps](ScriptEnd end) { steps.step("end", describe(end), {}); });
  if (!at.empty()) {
    const auto moment = parse_moment(at, runtime->now(), zone_of(call, directory));
    if (!moment) return moment.error();
    script->set_time(*moment);
  }
  script->begin(contexts.match(call.context(), to));
  script->drop();
  return steps.take();
}

}  // namespace tandem
