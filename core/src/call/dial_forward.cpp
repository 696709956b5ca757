// Calls that go elsewhere: a phone has redirected them, or their person has set that they are sent on. The rest of Dial.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/dial.h"
#include "call/switch.h"

namespace tandem {

namespace {

constexpr size_t kDeepestRedirection = 5;  // hops of one call
constexpr size_t kMostRedirections = 20;   // wishes that are judged in one dial: each runs a script

}  // namespace

/// Why the call is not sent on to `number`; empty: it may be.
std::string Dial::why_not(const Trail& trail, const std::string& number) {
  if (trail.size() / 2 >= kDeepestRedirection || ++redirections_ > kMostRedirections) return "too many redirections";
  if (number == call_.dialled() || std::find(trail.begin(), trail.end(), number) != trail.end()) return "a circle";
  return {};
}

/// True when there is something to ring for `number`.
bool Dial::follow(const Entry& from, const Device& device, const Redirection& to, const std::string& number) {
  if (const auto why = why_not(from.trail, number); !why.empty()) {
    call_.explain(fmt::format("not redirected to {}: {}", number, why));
    return false;
  }
  Dialplan* const dialplan = call_.services().registry.dialplan();
  const auto route = dialplan != nullptr ? dialplan->route(device.name, number) : Error{ErrorCode::unavailable, "no dialplan is loaded"};
  Trail trail = from.trail;
  trail.insert(trail.end(), {number, device.name});
  const Occupant who = call_.services().directory.occupant(device);
  DialTarget target = from.target;
  target.delay = std::chrono::milliseconds(0);  // it has been rung
  return plan_route(route, target, std::move(trail), number, {{who.number, who.name, false}, to.reason});
}

bool Dial::plan_route(const Result<NumberRoute>& route, const DialTarget& from, Trail trail, const std::string& number, Diversion by) {
  const auto refuse = [&](std::string_view why) {
    call_.explain(fmt::format("not redirected to {}: {}", number, why));
    return false;
  };
  if (!route) return refuse(route.error().message);
  auto request = parse_dial(route->dial);
  if (!request) return refuse(request.error().message);
  if (request->emergency) return refuse("nobody is sent on to an emergency number");
  std::vector<Diversion> diversions = from.diversions;
  diversions.insert(diversions.begin(), std::move(by));
  const size_t entries = entries_.size(), lines = lines_.size();
  for (auto& target : request->targets) {
    if (entries_.size() >= kMostTargets) break;
    target.shown_as = route->shown_as;
    target.diversions = diversions;
    target.delay += from.delay;
    plan(target, trail);
  }
  return entries_.size() > entries || lines_.size() > lines;
}

/// What the line's person has set. Null: nothing that counts here; who rings as a member of a group is not sent on.
std::shared_ptr<const LineSettings> Dial::settings_of(const DialTarget& target) const {
  LineBook* const lines = call_.services().registry.lines();
  if (lines == nullptr || request_.emergency) return nullptr;
  auto settings = lines->of(target.endpoint);
  if (*settings == LineSettings()) return nullptr;
  if (!in_group()) return settings;
  return settings->dnd == DoNotDisturb::off ? nullptr : std::make_shared<const LineSettings>(LineSettings{.dnd = settings->dnd});
}

/// True: the line itself does not ring.
bool Dial::goes_elsewhere(const DialTarget& target, const Trail& trail, const LineSettings& settings) {
  if (!settings.forward_all.empty() && send_on(target, trail, settings.forward_all, "unconditional")) return true;
  if (settings.dnd != DoNotDisturb::reject) return false;
  call_.explain(fmt::format("{}: do not disturb (reject)", target.text));
  if (!settings.forward_busy.empty() && send_on(target, trail, settings.forward_busy, "do-not-disturb")) return true;
  failed({Cause::busy, "Do not disturb"});
  return true;
}

/// As the line's person would dial it, from wherever they are.
bool Dial::send_on(const DialTarget& from, const Trail& trail, const std::string& number, std::string_view reason) {
  call_.explain(fmt::format("{} is forwarded to {} ({})", from.text, number, reason));
  if (const auto why = why_not(trail, number); !why.empty()) {
    call_.explain(fmt::format("not forwarded to {}: {}", number, why));
    return false;
  }
  Dialplan* const dialplan = call_.services().registry.dialplan();
  const auto route =
      dialplan != nullptr ? dialplan->route_as(from.endpoint, number) : Error{ErrorCode::unavailable, "no dialplan is loaded"};
  Trail longer = trail;
  longer.insert(longer.end(), {number, from.text});
  const auto person = call_.services().directory.user(from.endpoint);
  const Party by = person ? Party{person->extension, person->name, false} : Party();
  return plan_route(route, from, std::move(longer), number, {by, std::string(reason)});
}

/// Once its phones have been rung, or could not be.
bool Dial::send_line_on(Line& line, const std::string& number, std::string_view reason) {
  if (number.empty() || std::exchange(line.sent_on, true)) return false;
  DialTarget from = line.target;
  from.delay = std::chrono::milliseconds(0);
  const size_t before = entries_.size();
  const auto said = std::exchange(worst_, std::nullopt);  // what counts from now on is what they say there
  if (!send_on(from, line.trail, number, reason)) {
    if (said) failed(*said);
    return false;
  }
  start_from(before);
  return true;
}

/// The time that the dialplan gives the line is over. True: others ring in its place, for as long again.
bool Dial::unanswered_goes_on() {
  std::vector<Line*> lines;
  for (const auto& line : lines_) {
    if (line->settings && !line->settings->forward_no_answer.empty() && !line->sent_on) lines.push_back(line.get());
  }
  if (lines.empty()) return false;
  cancel_all({Cause::no_answer, ""}, nullptr);
  bool any = false;
  for (Line* line : lines) any = send_line_on(*line, line->settings->forward_no_answer, "no-answer") || any;
  if (!any) return false;
  timeout_.start(request_.timeout, [this] { timed_out(); });
  settle();
  return true;
}

}  // namespace tandem
