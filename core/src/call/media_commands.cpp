// rtp show: what sound is under way.
#include "call/media_commands.h"

#include <fmt/format.h>

#include "call/switch.h"

namespace tandem {
namespace {

double milliseconds(uint32_t us) { return us / 1000.0; }

Json row(const CallImpl& call, Leg& leg) {
  const MediaCounts c = leg.media()->counts();
  return {{"call", call.id()},
          {"channel", leg.facts().channel},
          {"port", leg.media()->local_rtp().port()},
          {"peer", leg.theirs() ? leg.theirs()->rtp.to_string() : ""},
          {"codec", leg.facts().codec},
          {"transcoding", c.transcoded_packets > 0},
          {"in", c.received_packets},
          {"lost", c.lost_packets},
          {"jitter ms", milliseconds(c.jitter_us)},
          {"out", c.sent_packets},
          {"lost there", c.remote_lost_packets},
          {"jitter there ms", milliseconds(c.remote_jitter_us)},
          {"round trip ms", milliseconds(c.round_trip_us)},
          {"mos", c.mos / 100.0},
          {"mos there", c.remote_mos / 100.0},
          {"dropped", c.dropped_packets},
          {"not authentic", c.unauthentic_packets},
          {"of strangers", c.foreign_packets},
          {"absurd reports", c.absurd_reports}};
}

Result<Json> show(const Switch& calls, const std::vector<std::string>& args) {
  if (args.size() > 1) return Error{ErrorCode::invalid, "takes nothing or one call (\"C-...\")"};
  Json rows = Json::array();
  for (const auto* call : calls.all()) {
    if (!args.empty() && call->id() != args[0]) continue;
    for (const auto& leg : call->legs()) {
      if (leg->media() != nullptr) rows.push_back(row(*call, *leg));
    }
  }
  if (!args.empty() && rows.empty()) return Error{ErrorCode::not_found, fmt::format("there is no call {}", args[0])};
  return rows;
}

}  // namespace

std::vector<Registration> register_media_commands(Console& console, Switch& calls) {
  std::vector<Registration> made;
  if (auto added = console.add({"rtp show", "[CALL]",
                                "Ports in use: codec, packets, loss, jitter, estimated MOS (0: not known), transcoding, one leg a line.",
                                [&calls](const auto& args, ConsoleReply reply) { reply(show(calls, args)); }})) {
    made.push_back(std::move(*added));
  }
  return made;
}

}  // namespace tandem
