#include "call/line_verbs.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "call/switch.h"

namespace tandem {

namespace {

struct Forward {
  std::string_view key;
  std::optional<std::string> LineChange::*change;
  std::string LineSettings::*setting;
};
constexpr std::array<Forward, 4> kForwards{{
    {"forward_all", &LineChange::forward_all, &LineSettings::forward_all},
    {"forward_busy", &LineChange::forward_busy, &LineSettings::forward_busy},
    {"forward_no_answer", &LineChange::forward_no_answer, &LineSettings::forward_no_answer},
    {"forward_unregistered", &LineChange::forward_unregistered, &LineSettings::forward_unregistered},
}};

/// Waits for the disk; a script that goes away before hears nothing.
class LineOperation final : public Operation {
 public:
  explicit LineOperation(VerbDone done) : done_(std::make_shared<VerbDone>(std::move(done))) {}
  std::weak_ptr<VerbDone> waits() const { return done_; }

 private:
  const std::shared_ptr<VerbDone> done_;
};

Value answer(const LineSettings& settings, const Result<void>& result) {
  Value value(line_json(settings));
  value["done"] = static_cast<bool>(result);
  if (!result) value["why"] = result.error().message;
  return value;
}

void tell(const std::weak_ptr<VerbDone>& waits, LineBook& lines, const std::string& user, const Result<void>& result) {
  const auto done = waits.lock();
  if (!done || !*done) return;
  VerbDone report = std::move(*done);
  *done = nullptr;
  report(answer(*lines.of(user), result));
}

Result<LineChange> parse(const Value& args) {
  LineChange change;
  if (!args.empty() && args[0].is_array() && args[0].empty()) return change;  // Lua's {}
  if (args.size() > 1 || (!args.empty() && !args[0].is_object())) return Error{ErrorCode::invalid, "line: takes a table with names"};
  if (args.empty()) return change;
  for (const auto& [key, value] : args[0].items()) {
    const bool off = value.is_boolean() && !value.get<bool>();
    if (!off && !value.is_string()) return Error{ErrorCode::invalid, fmt::format("line: {} must be text, or false", key)};
    if (auto set = set_key(change, key, off ? "off" : value.get<std::string>()); !set)
      return Error{ErrorCode::invalid, "line: " + set.error().message};
  }
  return change;
}

bool is_empty(const LineChange& change) {
  for (const auto& one : kForwards) {
    if (change.*one.change) return false;
  }
  return !change.dnd;
}

/// Forwarding is the person's; do not disturb is set as at the phone that calls, where the person is at it.
void write(LineBook& lines, const std::string& user, const std::string& device, LineChange change, LineBook::Done done) {
  const auto dnd = change.dnd;
  if (!dnd || device.empty()) return lines.change(user, std::move(change), std::move(done));
  change.dnd.reset();
  if (is_empty(change)) return lines.set_dnd_at(device, *dnd, std::move(done));
  lines.change(user, std::move(change), [&lines, device, dnd, done = std::move(done)](Result<void> written) mutable {
    if (!written) return done(std::move(written));
    lines.set_dnd_at(device, *dnd, std::move(done));
  });
}

std::unique_ptr<Operation> line(Switch& calls, Call& call, const Value& args, VerbDone done) {
  LineBook* const lines = calls.lines();
  const auto& person = call.occupant().user;
  auto change = parse(args);
  if (!change) {
    done(change.error());
    return nullptr;
  }
  if (lines == nullptr) {
    done(answer(LineSettings(), Error{ErrorCode::unavailable, "nothing can be set here"}));
    return nullptr;
  }
  if (person == nullptr) {
    done(answer(LineSettings(), Error{ErrorCode::forbidden, "nobody is logged in"}));
    return nullptr;
  }
  const std::string user = person->id;
  if (auto may = check_change(calls, user, *change); !may || is_empty(*change)) {
    done(answer(*lines->of(user), may));
    return nullptr;
  }
  std::string device;
  if (call.device() != nullptr) {
    const Occupant here = calls.directory().occupant(*call.device());
    if (here.user && here.user->id == user) device = call.device()->name;
  }
  auto operation = std::make_unique<LineOperation>(std::move(done));
  write(*lines, user, device, std::move(*change),
        [waits = operation->waits(), lines, user](Result<void> written) { tell(waits, *lines, user, written); });
  return operation;
}

}  // namespace

nlohmann::ordered_json line_json(const LineSettings& settings) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& one : kForwards) json[std::string(one.key)] = settings.*one.setting;
  json["dnd"] = to_string(settings.dnd);
  return json;
}

Result<void> set_key(LineChange& change, std::string_view key, const std::string& value) {
  for (const auto& one : kForwards) {
    if (one.key != key) continue;
    change.*one.change = value == "off" ? "" : value;
    return {};
  }
  if (key != "dnd") return Error{ErrorCode::invalid, fmt::format("a line has no setting \"{}\"", key)};
  for (const auto dnd : {DoNotDisturb::off, DoNotDisturb::silent, DoNotDisturb::reject}) {
    if (value != to_string(dnd)) continue;
    change.dnd = dnd;
    return {};
  }
  return Error{ErrorCode::invalid, "dnd is \"off\", \"silent\" or \"reject\""};
}

Result<void> may_forward(Switch& calls, std::string_view user, const std::string& number) {
  if (calls.is_emergency(number)) return Error{ErrorCode::forbidden, "nobody is sent on to an emergency number"};
  Dialplan* const dialplan = calls.dialplan();
  if (dialplan == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  if (auto route = dialplan->route_as(user, number); !route) return route.error();
  return {};
}

Result<void> check_change(Switch& calls, std::string_view user, const LineChange& change) {
  for (const auto& one : kForwards) {
    const auto& number = change.*one.change;
    if (!number || number->empty()) continue;
    if (auto may = may_forward(calls, user, *number); !may)
      return Error{may.error().code, fmt::format("{}: {}", *number, may.error().message)};
  }
  return {};
}

std::vector<Registration> register_line_verbs(VerbTable& verbs, Switch& calls) {
  std::vector<Registration> made;
  Verb verb{"line",
            "line{forward_all = number, forward_busy = number, forward_no_answer = number, forward_unregistered = number, dnd = word} -> "
            "settings",
            "Sets where calls to the caller's own line go instead, and whether they want to be disturbed; what is left out stays, and "
            "line() only asks. A number is as the person would dial it, false or \"off\" for none. dnd is \"off\", \"silent\" (phones show "
            "calls and make no noise) or \"reject\" (calls find the line busy, and no remote destination rings). Returns the settings as "
            "they are then, on disk, with `done`, and `why` when the change was refused: nobody is logged in, or the person may not dial "
            "that number.",
            [&calls](Call& call, const Value& args, VerbDone done) { return line(calls, call, args, std::move(done)); },
            [](Call&, const Value&) { return std::pair<std::string, Value>("line: it is set", answer(LineSettings(), {})); },
            "local line = call:line { forward_all = \"914085557001\" }\nif line.done then call:play(\"prompts/forward-on\") end"};
  if (auto added = verbs.add(std::move(verb))) made.push_back(std::move(*added));
  return made;
}

}  // namespace tandem
