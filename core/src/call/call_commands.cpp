// core show calls|channels|call, channel request hangup: what is going on now.
#include <fmt/format.h>

#include <algorithm>

#include "call/switch.h"

namespace tandem {

namespace {

int64_t seconds_since(const CallImpl& call, WallTime then) {
  return std::chrono::duration_cast<std::chrono::seconds>(call.services().loop.clock().wall() - then).count();
}

Json channel_row(const CallImpl& call, Leg& leg) {
  const MediaCounts media = leg.media() != nullptr ? leg.media()->counts() : leg.facts().media;
  return {{"channel", leg.facts().channel},
          {"call", call.id()},
          {"direction", leg.outgoing() ? "out" : "in"},
          {"state", to_string(leg.state())},
          {"endpoint", leg.endpoint()},
          {"user", leg.facts().user},
          {"number", leg.facts().number},
          {"codec", leg.facts().codec},
          {"rtp in", media.received_packets},
          {"rtp out", media.sent_packets},
          {"protocol", leg.state() == ChannelState::ended ? "" : leg.orders().describe(leg.id())}};
}

Json channels(const Switch& calls) {
  Json rows = Json::array();
  for (const auto* call : calls.all()) {
    for (const auto& leg : call->legs()) {
      if (leg->state() != ChannelState::ended) rows.push_back(channel_row(*call, *leg));
    }
  }
  return rows;
}

Json call_row(const CallImpl& call) {
  const Leg& caller = *call.legs().front();
  const auto live = std::count_if(call.legs().begin(), call.legs().end(), [](const auto& l) { return l->state() != ChannelState::ended; });
  return {{"call", call.id()},
          {"context", call.context()},
          {"caller", caller.party().number},
          {"from", caller.endpoint()},
          {"dialled", call.dialled()},
          {"state", call.ending()        ? "ending"
                    : call.answered_at() ? "answered"
                                         : to_string(caller.state())},
          {"legs", live},
          {"seconds", seconds_since(call, call.started())}};
}

Json calls_table(const Switch& calls) {
  Json rows = Json::array();
  for (const auto* call : calls.all()) rows.push_back(call_row(*call));
  return rows;
}

const CallImpl* find_call(const Switch& calls, const std::string& id) {
  const auto all = calls.all();
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto* c) { return c->id() == id; });
  return it == all.end() ? nullptr : *it;
}

Result<Json> show_channels(const Switch& calls, const std::vector<std::string>& args) {
  if (args.empty()) return channels(calls);
  if (args[0] == "count")
    return Json{{"channels", channels(calls).size()}, {"calls", calls.calls()}, {"calls since start", calls.total_calls()}};
  return Error{ErrorCode::invalid, "takes nothing or \"count\""};
}

Result<Json> hang_up(Switch& calls, const std::vector<std::string>& args) {
  if (args.size() != 1) return Error{ErrorCode::invalid, "name one call (\"C-...\") or \"all\""};
  if (args[0] == "all") {
    const size_t count = calls.calls();
    calls.hangup_all({Cause::normal, "hung up by the administrator"});
    return Json(fmt::format("{} calls are being hung up", count));
  }
  const CallImpl* call = find_call(calls, args[0]);
  if (call == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no call {}", args[0])};
  const_cast<CallImpl*>(call)->hangup({Cause::normal, "hung up by the administrator"});
  return Json(fmt::format("{} is being hung up", args[0]));
}

}  // namespace

std::vector<Registration> register_call_commands(Console& console, Switch& calls) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"core show calls", "", "Calls in progress, one a line.", [&calls](const auto&, ConsoleReply reply) { reply(calls_table(calls)); }});
  add({"core show channels", "[count]", "Legs of calls in progress, or how many there are.",
       [&calls](const auto& args, ConsoleReply reply) { reply(show_channels(calls, args)); }});
  add({"channel request hangup", "CALL|all", "Ends a call, or all of them.",
       [&calls](const auto& args, ConsoleReply reply) { reply(hang_up(calls, args)); }});
  return made;
}

}  // namespace tandem
