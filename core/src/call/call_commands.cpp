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
          {"encryption", leg.protection()},
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

struct Found {
  const CallImpl* call = nullptr;
  Leg* leg = nullptr;
};

// By its name in the records and in `core show channels` ("sip-0000001a").
Found find_channel(const Switch& calls, const std::string& name) {
  for (const auto* call : calls.all()) {
    for (const auto& leg : call->legs()) {
      if (leg->facts().channel == name && leg->state() != ChannelState::ended) return {call, leg.get()};
    }
  }
  return {};
}

Result<Json> show_channel(const Switch& calls, const std::vector<std::string>& args) {
  if (args.size() != 1) return Error{ErrorCode::invalid, "core show channel CHANNEL: `core show channels` lists them"};
  const auto [call, leg] = find_channel(calls, args[0]);
  if (call == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no channel {}", args[0])};
  Json object = channel_row(*call, *leg);
  object["protocol id"] = leg->facts().protocol_id;
  object["rtp dropped"] = (leg->media() != nullptr ? leg->media()->counts() : leg->facts().media).dropped_packets;
  object["local rtp"] = leg->media() != nullptr ? leg->media()->local_rtp().to_string() : "";
  const Json of_call = call_row(*call);
  for (const auto& [key, value] : of_call.items()) {
    if (!object.contains(key)) object["call " + key] = value;
  }
  object["call variables"] = const_cast<CallImpl*>(call)->variables();
  return object;
}

std::vector<std::string> channel_names(const Switch& calls) {
  std::vector<std::string> names;
  for (const auto* call : calls.all()) {
    for (const auto& leg : call->legs()) {
      if (leg->state() != ChannelState::ended) names.push_back(leg->facts().channel);
    }
  }
  return names;
}

std::vector<std::string> call_ids(const Switch& calls) {
  std::vector<std::string> ids{"all"};
  for (const auto* call : calls.all()) ids.push_back(call->id());
  return ids;
}

Result<Json> show_channels(const Switch& calls, const std::vector<std::string>& args) {
  if (args.empty()) return channels(calls);
  if (args[0] == "count")
    return Json{{"channels", channels(calls).size()}, {"calls", calls.calls()}, {"calls since start", calls.total_calls()}};
  return Error{ErrorCode::invalid, "takes nothing or \"count\""};
}

Result<Json> hang_up(Switch& calls, const std::vector<std::string>& args) {
  if (args.size() != 1) return Error{ErrorCode::invalid, "name one call (\"C-...\"), one of its channels, or \"all\""};
  if (args[0] == "all") {
    const size_t count = calls.calls();
    calls.hangup_all({Cause::normal, "hung up by the administrator"});
    return Json(fmt::format("{} calls are being hung up", count));
  }
  const CallImpl* call = find_call(calls, args[0]);
  if (call == nullptr) call = find_channel(calls, args[0]).call;
  if (call == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no call or channel {}", args[0])};
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
  add({"core show channel", "CHANNEL", "One leg in full, with its call and the call's variables.",
       [&calls](const auto& args, ConsoleReply reply) { reply(show_channel(calls, args)); },
       [&calls](const auto& args) { return args.empty() ? channel_names(calls) : std::vector<std::string>(); }});
  for (const char* words : {"channel request hangup", "channel hangup"}) {
    add({words, "CALL|CHANNEL|all", "Ends a call, given by its id or one of its channels, or all of them.",
         [&calls](const auto& args, ConsoleReply reply) { reply(hang_up(calls, args)); },
         [&calls](const auto& args) { return args.empty() ? call_ids(calls) : std::vector<std::string>(); }});
  }
  return made;
}

}  // namespace tandem
