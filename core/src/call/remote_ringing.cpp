// A person's line and their remote destinations: who is rung beside the phones, when, and whose answer counts. The rest of Dial.
//
// The line begins to ring when one of its phones says so; the delays count from there. A line whose phones are busy or decline does not
// ring: its remote destinations are no way round that. One whose phones cannot be reached rings all the same, outside alone.
#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/dial.h"
#include "call/switch.h"

namespace tandem {

namespace {

// A phone that has the INVITE and says nothing for so long is taken to ring, since the moment when it got it.
constexpr std::chrono::milliseconds kGrace(1000);
constexpr std::string_view kFollowMe = "follow-me";  // RFC 5806

bool declines(const Ending& answer) { return answer.cause == Cause::busy || answer.cause == Cause::rejected; }

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

/// Asks who else is to ring with this person's phones. Null: nobody, and nothing is to be done when the phones do not answer.
Dial::Line* Dial::plan_line(const DialTarget& target, const Trail& trail, std::shared_ptr<const LineSettings> settings) {
  RemoteDestinations* const remote = request_.emergency ? nullptr : call_.services().registry.remote_destinations();
  if (remote == nullptr && !settings) return nullptr;
  const auto known = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) { return line->user == target.endpoint; });
  if (known != lines_.end()) return known->get();
  ReachPlan plan;
  if (remote != nullptr) plan = remote->plan({target.endpoint, call_, call_.is_from_inside(), in_group()});
  for (auto& sentence : plan.decisions) call_.explain(std::move(sentence));
  if (plan.legs.empty() && !settings) return nullptr;
  Loop& loop = call_.services().loop;
  lines_.push_back(std::make_unique<Line>(target.endpoint, target, trail, loop.clock().now() + target.delay, loop));
  lines_.back()->settings = std::move(settings);
  for (auto& leg : plan.legs) lines_.back()->waiting.push_back({std::move(leg), nullptr});
  return lines_.back().get();
}

void Dial::start_line(Line& line) {
  if (line.ringing) return;
  const bool phones = has_phones(line);
  const auto wait = line.target.delay + (phones ? kGrace : std::chrono::milliseconds(0));
  if (wait.count() == 0) return phones_are_gone(line);
  line.grace.start(wait, [this, &line, phones] {
    phones ? line_rings(line, line.asked) : phones_are_gone(line);
    settle();
  });
}

void Dial::rings(Entry& entry) {
  const Instant now = call_.services().loop.clock().now();
  if (entry.remote) {
    entry.remote->window.rang(now);
  } else if (entry.line != nullptr) {
    line_rings(*entry.line, now);
  }
}

/// The delays begin.
void Dial::line_rings(Line& line, Instant since) {
  if (std::exchange(line.ringing, true)) return;
  line.grace.stop();
  Loop& loop = call_.services().loop;
  for (Waiting& one : line.waiting) {
    if (one.due) continue;
    const Duration wait = since + one.leg.delay - loop.clock().now();
    if (wait <= Duration::zero()) {
      one.due = true;
      ring_remote(line, one.leg);
      continue;
    }
    one.timer = std::make_unique<Timer>(loop);
    one.timer->start(wait, [this, &line, &one] {
      one.due = true;
      ring_remote(line, one.leg);
      settle();
    });
  }
}

/// Whether one of its phones rings, or will.
bool Dial::has_phones(const Line& line) const {
  const auto is_phone = [&](const Entry& entry) { return entry.line == &line && !entry.remote; };
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return is_phone(e) && !e.started; }) ||
         std::any_of(ringing_.begin(), ringing_.end(), [&](const Ringing& r) { return is_phone(*r.entry); });
}

void Dial::phones_are_gone(Line& line) {
  if (line.answer && declines(*line.answer)) {
    give_up(line, fmt::format("its phones say {}", to_string(line.answer->cause)));
    if (line.settings && line.answer->cause == Cause::busy) send_line_on(line, line.settings->forward_busy, "user-busy");
    return;
  }
  if (line.ringing) return;
  if (line.sent_on) return give_up(line, "a phone of it has sent the call on");
  const bool nobody_rings = line.waiting.empty();
  line_rings(line, line.asked);
  if (nobody_rings && line.settings) send_line_on(line, line.settings->forward_unregistered, "unavailable");
}

void Dial::give_up(Line& line, std::string_view why) {
  line.ringing = true;
  line.grace.stop();
  bool any = false;
  for (auto& one : line.waiting) {
    any = any || !one.due;
    one.due = true;
    one.timer.reset();
  }
  std::vector<Leg*> legs;
  for (const auto& [leg, entry, redirected] : ringing_) {
    if (entry->line == &line && entry->remote) legs.push_back(leg);
  }
  if (any || !legs.empty()) call_.explain(fmt::format("the remote destinations of {} do not ring: {}", line.user, why));
  for (Leg* leg : legs) {
    if (const auto it = find(*leg); it != ringing_.end())
      drop_remote(it, line.answer.value_or(Ending{Cause::no_answer, ""}), "no longer rung");
  }
}

void Dial::ring_remote(Line& line, const RemoteLeg& leg) {
  auto added = add_remote(line, leg);
  if (added) return;
  call_.explain(fmt::format("{} not rung: {}", leg.id, added.error().message));
}

/// Its number is dialled as its owner would dial it.
Result<void> Dial::add_remote(Line& line, const RemoteLeg& leg) {
  Dialplan* const dialplan = call_.services().registry.dialplan();
  auto route = dialplan != nullptr ? dialplan->route_as(line.user, leg.number) : Error{ErrorCode::unavailable, "no dialplan is loaded"};
  if (!route) return route.error();
  auto request = parse_dial(route->dial);
  if (!request) return request.error();
  if (request->emergency) return Error{ErrorCode::forbidden, "an emergency centre is nobody's mobile"};
  const auto person = call_.services().directory.user(line.user);
  if (person == nullptr) return Error{ErrorCode::not_found, "its owner has gone"};
  for (const auto& target : request->targets) {
    if (target.scheme == "user") return Error{ErrorCode::forbidden, fmt::format("{} is a number of this office", leg.number)};
  }
  const Diversion by{{person->did.empty() ? person->extension : person->did, person->name, false}, std::string(kFollowMe)};
  Loop& loop = call_.services().loop;
  for (auto& target : request->targets) {
    if (entries_.size() >= 2 * kMostTargets) return Error{ErrorCode::exhausted, "too many are rung already"};
    target.text = leg.id;
    target.delay = std::chrono::milliseconds(0);
    target.user = line.user;
    target.destination = leg.id;
    target.shown_as = shown_to(leg, *route);
    target.diversions = line.target.diversions;
    target.diversions.insert(target.diversions.begin(), by);
    const std::string driver = target.scheme;
    entries_.push_back({std::move(target),
                        driver,
                        {},
                        &line,
                        std::unique_ptr<Remote>(new Remote{leg, AnswerWindow(leg, loop.clock().now()), Timer(loop)})});
    ring(entries_.back());
  }
  return {};
}

/// Who calls, as one outside may call them back: as the trunk has said it, or by the outside number of who calls from inside.
std::optional<Party> Dial::shown_to(const RemoteLeg& leg, const NumberRoute& route) {
  if (leg.shown_as) return leg.shown_as;
  const Party& caller = call_.caller_identity();
  Leg& from = call_.caller_leg();
  if (!call_.is_from_inside()) return Party{from.party().number, caller.name, caller.restricted};
  const auto user = from.facts().user.empty() ? nullptr : call_.services().directory.user(from.facts().user);
  if (user != nullptr && !user->did.empty()) return Party{user->did, caller.name, caller.restricted};
  return route.shown_as ? std::optional(Party{route.shown_as->number, caller.name, caller.restricted}) : std::nullopt;
}

void Dial::remote_called(Entry& entry, Leg& leg) {
  const auto limit = entry.remote->window.limit();
  if (!limit) return;
  entry.remote->too_late.start(*limit, [this, &leg, limit = *limit] {
    if (const auto it = find(leg); it != ringing_.end())
      drop_remote(it, {Cause::no_answer, ""}, fmt::format("dropped: not answered within {} s, too late", seconds(limit)));
    settle();
  });
}

bool Dial::judge(std::vector<Ringing>::iterator it) {
  Remote& remote = *it->entry->remote;
  Leg& leg = *it->leg;
  const Instant now = call_.services().loop.clock().now();
  if (remote.window.too_soon(now)) {
    drop_remote(it, {Cause::no_answer, "answered too soon"}, "dropped: " + remote.window.sentence(now));
    return true;
  }
  if (!remote.plan.control) return false;
  if (auto fits = call_.check_answer(leg); !fits) {
    const Ending why{cause_of(fits.error().code), fits.error().message};
    drop_remote(it, why, "answered in vain: " + why.text);
    return true;
  }
  check_person(*it->entry, leg);
  return true;
}

void Dial::check_person(Entry& entry, Leg& leg) {
  Remote& remote = *entry.remote;
  remote.too_late.stop();
  call_.explain(fmt::format("{} ({}) has answered and is asked for a key, within {} s", leg.facts().channel, remote.plan.id,
                            seconds(remote.plan.control->window)));
  const CallServices& services = call_.services();
  remote.check = std::make_unique<PersonCheck>(services.loop, services.media.sounds(), leg, *remote.plan.control,
                                               [this, &leg](PersonCheck::Verdict verdict) { checked(leg, verdict); });
}

void Dial::checked(Leg& leg, PersonCheck::Verdict verdict) {
  using Verdict = PersonCheck::Verdict;
  const auto it = find(leg);
  if (it == ringing_.end()) return;
  const Remote& remote = *it->entry->remote;
  const std::string who = fmt::format("{} ({})", leg.facts().channel, remote.plan.id);
  switch (verdict) {
    case Verdict::take:
      call_.explain(who + " takes the call by key");
      forget_remote(*it->entry->remote);
      return win(leg);
    case Verdict::refuse:
      drop_remote(it, {Cause::rejected, ""}, "refused by key");
      return settle();
    case Verdict::silent:
      drop_remote(it, {Cause::no_answer, ""}, fmt::format("dropped: no key within {} s", seconds(remote.plan.control->window)));
      return settle();
    case Verdict::voicemail:
      call_.explain(who + " sends the caller to voicemail by key");
      failed({Cause::no_answer, ""});
      return finish("voicemail");
    case Verdict::reject_all:
      call_.explain(who + " rejects the call for all phones by key");
      failed({Cause::rejected, ""});
      return finish("rejected");
  }
}

void Dial::drop_remote(std::vector<Ringing>::iterator it, const Ending& ending, const std::string& sentence) {
  Leg& leg = *it->leg;
  Entry& entry = *it->entry;
  call_.explain(fmt::format("{} ({}) {}", leg.facts().channel, entry.remote->plan.id, sentence));
  forget_remote(*entry.remote);
  ringing_.erase(it);
  entry_failed(entry, ending);
  call_.drop(leg, ending);
}

/// 603 says that the person wants no call, not only that this phone does not.
bool Dial::declined_everywhere(const Ending& ending) {
  constexpr int kDecline = 603;
  if (ending.protocol_status != kDecline || !call_.services().registry.settings().remote_decline_ends_call) return false;
  call_.explain("declined at a remote destination: no phone rings any longer");
  failed(ending);
  finish("rejected");
  return true;
}

bool Dial::checking() const {
  return std::any_of(ringing_.begin(), ringing_.end(), [](const Ringing& r) { return r.entry->remote && r.entry->remote->check; });
}

void Dial::forget_remote(Remote& remote) {
  remote.too_late.stop();
  remote.check.reset();
}

void Dial::leg_digit(Leg& leg, char digit) {
  const auto it = find(leg);
  if (it != ringing_.end() && it->entry->remote && it->entry->remote->check) it->entry->remote->check->hear_digit(digit);
}

}  // namespace tandem
