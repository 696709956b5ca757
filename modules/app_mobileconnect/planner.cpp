#include "planner.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

bool is_withheld(const Party& party) {
  return party.restricted || party.number == "anonymous" || party.number == "Anonymous" || party.number == "restricted";
}

bool contains(const AccessList& list, const std::string& number, const std::string& dialled, const std::string& e164, bool withheld) {
  if (withheld) return list.withheld;
  if (number.empty()) return list.not_available;
  return std::any_of(list.patterns.begin(), list.patterns.end(), [&](const NumberPattern& pattern) {
    return pattern.fits(number) || pattern.fits(dialled) || (!e164.empty() && pattern.fits(e164));
  });
}

}  // namespace

std::string Planner::nothing_rings(const ReachQuestion& question) const {
  const auto* const person = parts_.book.person(question.user);
  if (person == nullptr || person->destinations.empty()) return fmt::format("{} has no destinations", question.user);
  if (!person->settings().mobility.value_or(parts_.settings.mobility)) return "Mobile Connect is switched off";
  // A mobile that sends its calls back to the office would have them come to itself for ever.
  for (const auto& diversion : question.call.diversions()) {
    const auto& from = diversion.from.number;
    const auto match = parts_.book.match(from);
    const auto e164 = as_e164(parts_.settings.dial, from);
    auto number = parts_.directory.number(from);
    if (!number && !e164.empty()) number = parts_.directory.number(e164);
    const bool own_line = number && number->kind == Number::Kind::user && number->owner == question.user;
    if (own_line || (match.destination != nullptr && match.destination->user == question.user))
      return fmt::format("the call has been sent on by {} already", from);
  }
  return {};
}

Planner::Caller Planner::look_at(const ReachQuestion& question, const Party& party) const {
  const auto& dial = parts_.settings.dial;
  Caller caller{.number = party.number, .dialled = as_dialled(dial, party.number), .e164 = as_e164(dial, party.number)};
  caller.withheld = is_withheld(party);
  caller.shown = outside_face(question, caller, party);
  return caller;
}

/// How the caller looks from outside: people of the office with their outside numbers, strangers with their own.
Party Planner::outside_face(const ReachQuestion& question, const Caller& caller, const Party& party) const {
  Party face{.number = caller.e164.empty() ? party.number : caller.e164, .name = party.name, .restricted = party.restricted};
  const auto number = parts_.directory.number(party.number);
  if (!number && !question.inside) return face;
  const auto user = number && number->kind == Number::Kind::user ? parts_.directory.user(number->owner) : question.call.occupant().user;
  face.number = user ? user->did : std::string();
  if (face.number.empty() && question.call.device() != nullptr) {
    const auto site = parts_.directory.site(question.call.device()->site);
    if (site) face.number = site->emergency_callback;
  }
  if (face.number.empty()) face.number = parts_.settings.office_number;
  return face;
}

bool Planner::within_schedule(const Destination& d, WallTime now, const Caller& caller, std::string& zone) const {
  if (d.hours == nullptr) return true;
  zone = d.time_zone.empty() ? parts_.settings.time_zone : d.time_zone;
  auto known = std::find_if(caller.clocks.begin(), caller.clocks.end(), [&](const auto& one) { return one.first == zone; });
  if (known == caller.clocks.end()) {
    const auto local = to_local(now, zone);
    if (!local) return true;  // it was one when it was saved: the machine has lost it, and a schedule nobody can read silences nothing
    known = caller.clocks.insert(caller.clocks.end(), {zone, *local});
  }
  return d.hours->holds(known->second);
}

std::string Planner::against_list(const Destination& d, const Caller& caller) const {
  const auto* const list = d.list.empty() ? nullptr : parts_.book.list(d.list);
  if (list == nullptr) return {};
  if (contains(*list, caller.number, caller.dialled, caller.e164, caller.withheld) == list->allows) return {};
  const std::string who = caller.withheld         ? "a caller whose number is withheld"
                          : caller.number.empty() ? "a caller without a number"
                                                  : caller.number;
  return fmt::format("{} is {} its list {} ({})", who, list->allows ? "not in" : "in", d.list, list->allows ? "allowed" : "blocked");
}

std::string Planner::against(const Destination& d, const ReachCall& call, const Caller& caller, const Call& of) const {
  if (!d.ring) return "it is switched off";
  const bool own =
      of.from_destination() == d.id() || (!caller.number.empty() && caller.dialled == as_dialled(parts_.settings.dial, d.number));
  if (own) return "the caller is there";
  std::string zone;
  if (!within_schedule(d, call.now, caller, zone))
    return fmt::format("outside its schedule ({}{}{})", d.schedule, zone.empty() ? "" : " ", zone);
  if (auto listed = against_list(d, caller); !listed.empty()) return listed;
  const size_t calls = parts_.calls_of(d.id());
  if (calls >= static_cast<size_t>(parts_.settings.calls_per_destination)) return fmt::format("it has {} calls already", calls);
  return parts_.rules.refusal(call, d);
}

Party Planner::shown_to(const Destination& d, const Caller& caller, const TrunkRules& trunk) const {
  Party shown = caller.shown;
  const auto number = parts_.directory.number(caller.number);
  if (trunk.foreign_numbers || number) return shown;  // the office's own numbers are foreign to no carrier
  // The carrier takes numbers of the office alone: the caller is told by the name.
  const auto owner = parts_.directory.user(d.user);
  if (shown.name.empty() && !caller.withheld) shown.name = shown.number;
  shown.number = owner && !owner->did.empty() ? owner->did : parts_.settings.office_number;
  return shown;
}

std::vector<Planner::Verdict> Planner::judge(const ReachQuestion& question, WallTime now, bool imagined) const {
  std::vector<Verdict> verdicts;
  const auto* const person = parts_.book.person(question.user);
  if (person == nullptr) return verdicts;
  const Party& party = question.call.caller_identity();
  const Caller caller = look_at(question, party);
  const ReachCall call{question.call,
                       party,
                       question.inside,
                       question.in_group,
                       parts_.settings.time_zone,
                       now,
                       imagined ? std::optional(now) : std::nullopt};
  for (const auto& one : person->destinations) {
    const Destination& d = *one;
    if (auto why = against(d, call, caller, question.call); !why.empty()) {
      verdicts.push_back({&d, std::nullopt, "not rung: " + std::move(why)});
      continue;
    }
    const auto own_delay = question.inside ? d.delay_inside : d.delay_outside;
    const auto threshold = parts_.rules.threshold(call, d, own_delay);
    if (threshold.never) {
      verdicts.push_back({&d, std::nullopt, "not rung: policy ring_threshold says so"});
      continue;
    }
    const auto& trunk_name = d.trunk.empty() ? parts_.settings.trunk : d.trunk;
    const auto trunk = parts_.settings.rules_of(trunk_name);
    Party shown = shown_to(d, caller, trunk);
    const bool changed = parts_.rules.caller(call, d, trunk_name, shown);
    RemoteLeg leg{.id = d.id(),
                  .number = d.number,
                  .delay = threshold.delay.value_or(own_delay),
                  .too_soon = d.too_soon,
                  .too_late = d.too_late,
                  .too_soon_from_invite = trunk.too_soon_from_invite};
    // In a group nobody but the person may take the call: a machine's answer would end it for everybody.
    const bool control =
        question.in_group || d.control == ControlPolicy::on || (d.control == ControlPolicy::system && parts_.settings.user_control);
    if (control) leg.control = parts_.settings.control;
    std::string why = leg.delay.count() == 0 ? std::string("rings at once") : "rings after " + say_time(leg.delay);
    if (threshold.delay) why += ", as policy ring_threshold says";
    if (changed) why += fmt::format(", shown {} by policy caller_id", shown.number.empty() ? "nobody" : shown.number);
    leg.shown_as = std::move(shown);
    verdicts.push_back({&d, std::move(leg), std::move(why)});
  }
  return verdicts;
}

ReachPlan Planner::plan(const ReachQuestion& question, WallTime now) const {
  ReachPlan plan;
  const auto* const person = parts_.book.person(question.user);
  if (person == nullptr || person->destinations.empty()) return plan;
  if (const auto none = nothing_rings(question); !none.empty()) {
    plan.decisions.push_back(fmt::format("{}: no destination rung: {}", question.user, none));
    return plan;
  }
  for (auto& verdict : judge(question, now)) {
    plan.decisions.push_back(fmt::format("{} {}", verdict.destination->id(), verdict.why));
    if (verdict.leg) plan.legs.push_back(std::move(*verdict.leg));
  }
  return plan;
}

}  // namespace tandem
