#include "rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

using std::chrono::milliseconds;

double seconds(milliseconds time) { return static_cast<double>(time.count()) / 1000; }

bool showable(const std::string& text) {
  return text.size() <= 128 && std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

}  // namespace

Value ReachRules::question(const ReachCall& call, const Destination& destination) const {
  const Call& c = call.call;
  Value of_call{{"id", c.id()},
                {"context", c.context()},
                {"dialled", c.dialled()},
                {"inside", call.inside},
                {"in_group", call.in_group},
                {"caller", {{"number", call.caller.number}, {"name", call.caller.name}, {"restricted", call.caller.restricted}}}};
  if (c.occupant().user) of_call["user"] = c.occupant().user->id;
  return {{"call", std::move(of_call)},
          {"destination",
           {{"id", destination.id()},
            {"user", destination.user},
            {"name", destination.name},
            {"label", destination.shown_label()},
            {"number", destination.number},
            {"zone", destination.time_zone.empty() ? call.time_zone : destination.time_zone},
            {"list", destination.list}}}};
}

std::optional<Value> ReachRules::ask(std::string_view name, const ReachCall& call, const Value& question) const {
  auto answer = call.imagined ? policies_->ask_at(name, question, *call.imagined) : policies_->ask(name, question);
  if (!answer || answer->is_null()) return std::nullopt;
  return std::move(*answer);
}

std::string ReachRules::refusal(const ReachCall& call, const Destination& destination) const {
  if (!has("access")) return {};
  const auto answer = ask("access", call, question(call, destination));
  if (!answer) return {};
  if (answer->is_string()) return "policy access: " + answer->get<std::string>().substr(0, 200);
  if (answer->is_boolean() && !answer->get<bool>()) return "policy access says no";
  return {};
}

ReachRules::Threshold ReachRules::threshold(const ReachCall& call, const Destination& destination, milliseconds own) const {
  if (!has("ring_threshold")) return {};
  auto asked = question(call, destination);
  asked["seconds"] = seconds(own);
  const auto answer = ask("ring_threshold", call, asked);
  if (!answer) return {};
  if (answer->is_boolean()) return {.never = !answer->get<bool>()};
  if (!answer->is_number()) return {};
  const double wanted = std::clamp(answer->get<double>(), 0.0, seconds(Destination::kLongestDelay));
  return {.delay = milliseconds(static_cast<int64_t>(wanted * 1000))};
}

bool ReachRules::caller(const ReachCall& call, const Destination& destination, const std::string& trunk, Party& shown) const {
  if (!has("caller_id")) return false;
  auto asked = question(call, destination);
  asked["leg"] = {{"trunk", trunk}, {"number", shown.number}, {"name", shown.name}, {"restricted", shown.restricted}};
  const auto answer = ask("caller_id", call, asked);
  if (!answer) return false;
  const auto text = [&](const Value& value, std::string& into) {
    if (value.is_string() && showable(value.get_ref<const std::string&>())) into = value.get<std::string>();
  };
  const Party before = shown;
  if (answer->is_string()) text(*answer, shown.number);
  if (answer->is_object()) {
    if (const auto number = answer->find("number"); number != answer->end()) text(*number, shown.number);
    if (const auto name = answer->find("name"); name != answer->end()) text(*name, shown.name);
    if (const auto hidden = answer->find("restricted"); hidden != answer->end() && hidden->is_boolean()) shown.restricted = *hidden;
  }
  return shown.number != before.number || shown.name != before.name || shown.restricted != before.restricted;
}

}  // namespace tandem
