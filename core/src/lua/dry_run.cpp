#include "lua/dry_run.h"

#include <fmt/format.h>

#include "lua/call_script.h"

namespace tandem {

namespace {

constexpr size_t kLongestWord = 200;
constexpr size_t kMostSteps = 200;
constexpr char kPhones[] = "phones";  // the context of every device

class NoChannel final : public Channel {
 public:
  ChannelId id() const override { return 0; }
  ChannelState state() const override { return ChannelState::idle; }
  bool outgoing() const override { return false; }
  const std::string& driver() const override { return driver_; }
  const std::string& endpoint() const override { return endpoint_; }
  const Party& party() const override { return party_; }
  MediaPort* media() override { return nullptr; }

  std::string driver_ = "none";
  std::string endpoint_;
  Party party_;
};

/// A call that is nobody's: it has a caller and a number, and nothing that is done to it has any effect.
class ImaginedCall final : public Call {
 public:
  const std::string& id() const override { return id_; }
  const std::string& context() const override { return context_; }
  const std::string& dialled() const override { return dialled_; }
  Channel& caller() override { return channel_; }
  std::vector<Channel*> channels() override { return {&channel_}; }
  Party& caller_identity() override { return channel_.party_; }
  const std::shared_ptr<const Device>& device() const override { return device_; }
  const Occupant& occupant() const override { return occupant_; }
  std::map<std::string, std::string, std::less<>>& variables() override { return variables_; }
  Result<void> answer() override { return {}; }
  Result<void> echo() override { return {}; }
  void hangup(const Ending& /*ending*/) override {}
  void explain(std::string /*sentence*/) override {}

  std::string describe() const {
    const Party& party = channel_.party_;
    if (device_ == nullptr && occupant_.user == nullptr)
      return fmt::format("{} in context {}", party.number.empty() ? "somebody" : party.number, context_);
    return fmt::format("{} ({}, {}, class {}) in context {}", device_ ? device_->name : "no device", occupant_.number,
                       occupant_.user ? occupant_.user->id : "nobody logged in", occupant_.calling_class, context_);
  }

  std::string id_ = "trace";
  std::string context_ = kPhones;
  std::string dialled_;
  std::shared_ptr<const Device> device_;
  Occupant occupant_;

  void from_device(std::shared_ptr<const Device> device, Directory& directory) {
    device_ = std::move(device);
    occupant_ = directory.occupant(*device_);
    channel_.endpoint_ = device_->name;
    channel_.party_ = {occupant_.number, occupant_.name, false};
  }
  void from_user(const std::shared_ptr<const User>& user, Directory& directory) {
    const auto devices = directory.devices_of(user->id);
    if (auto device = devices.empty() ? nullptr : directory.device(devices.front())) return from_device(std::move(device), directory);
    occupant_ = {user, user->extension, user->name, user->calling_class};
    channel_.party_ = {user->extension, user->name, false};
  }
  void from_context(std::string_view context, std::string_view number) {
    context_ = context;
    channel_.endpoint_ = context;
    channel_.party_.number = number;
  }

 private:
  NoChannel channel_;
  std::map<std::string, std::string, std::less<>> variables_;
};

bool find_caller(ImaginedCall& call, const Contexts& contexts, Directory& directory, std::string_view from) {
  if (auto device = directory.device(from)) {
    call.from_device(std::move(device), directory);
    return true;
  }
  auto user = directory.user(from);
  if (const auto number = user ? std::nullopt : directory.number(from)) {
    if (number->kind == Number::Kind::user) user = directory.user(number->owner);
    if (auto device = number->kind == Number::Kind::device ? directory.device(number->owner) : nullptr) {
      call.from_device(std::move(device), directory);
      return true;
    }
  }
  if (user) {
    call.from_user(user, directory);
    return true;
  }
  const auto slash = from.find('/');
  const auto context = from.substr(0, slash);
  if (contexts.find(context) == nullptr) return false;
  call.from_context(context, slash == std::string_view::npos ? "" : from.substr(slash + 1));
  return true;
}

/// Keeps the first dial alone: a dry run takes it for unanswered and goes on.
class FirstDial final : public ScriptTracer {
 public:
  explicit FirstDial(ImaginedCall& call) : call_(call) {}
  void step(std::string_view /*what*/, std::string /*detail*/, const ScriptPlace& /*place*/) override {}
  void verb(std::string_view name, const Value& arguments) override {
    if (name == "dial" && !dial_) {
      dial_ = arguments;
      shown_ = call_.caller_identity();
    } else if (!dial_ && other_.empty()) {
      other_ = name;
    }
  }

  std::optional<Value> dial_;
  std::string other_;  ///< the first verb before it
  Party shown_;

 private:
  ImaginedCall& call_;
};

class Steps final : public ScriptTracer {
 public:
  void step(std::string_view what, std::string detail, const ScriptPlace& place) override {
    if (rows_.size() < kMostSteps)
      rows_.push_back({{"what", what}, {"detail", std::move(detail)}, {"at", place.file.empty() ? "" : place.to_string()}});
  }
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
  if (!end.ending) return "the script has returned";
  return fmt::format("hangup, cause {}{}{}", to_string(end.ending->cause), end.ending->text.empty() ? "" : ": ", end.ending->text);
}

}  // namespace

Result<NumberRoute> imagined_route(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                                   Directory& directory, std::string_view device, std::string_view number) {
  ImaginedCall call;
  auto caller = directory.device(device);
  if (caller == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no device \"{}\"", device)};
  call.from_device(std::move(caller), directory);
  call.dialled_ = number;
  const Party before = call.caller_identity();
  FirstDial first(call);
  std::string refusal = "it cannot be judged now";
  const auto script =
      std::make_shared<CallScript>(runtime, environment, call, &first, [&refusal](ScriptEnd end) { refusal = describe(end); });
  script->begin(environment->contexts().match(call.context_, number));
  script->drop();
  if (!first.other_.empty()) return Error{ErrorCode::forbidden, fmt::format("{} would {}, not dial", number, first.other_)};
  if (!first.dial_) return Error{ErrorCode::forbidden, std::move(refusal)};
  NumberRoute route{std::move(*first.dial_), std::nullopt};
  if (first.shown_.number != before.number || first.shown_.name != before.name) route.shown_as = first.shown_;
  return route;
}

Result<Json> dry_run(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment, Directory& directory,
                     std::string_view from, std::string_view to) {
  if (from.size() > kLongestWord || to.size() > kLongestWord)
    return Error{ErrorCode::invalid, "FROM and TO are names and numbers, not texts"};
  ImaginedCall call;
  const auto& contexts = environment->contexts();
  if (!find_caller(call, contexts, directory, from)) {
    return Error{ErrorCode::not_found, fmt::format("\"{}\" is no device, extension, user or context", from)};
  }
  call.dialled_ = to;
  Steps steps;
  steps.step("from", call.describe(), {});
  explain_match(steps, contexts, call.context_, to);
  const auto script =
      std::make_shared<CallScript>(runtime, environment, call, &steps, [&steps](ScriptEnd end) { steps.step("end", describe(end), {}); });
  script->begin(contexts.match(call.context_, to));
  script->drop();
  return steps.take();
}

}  // namespace tandem
