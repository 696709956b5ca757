#include "media/media_settings_command.h"

#include <fmt/format.h>

#include "media/media_threads.h"

namespace tandem {
namespace {

std::string names_of(const std::vector<Codec>& codecs) {
  std::string names;
  for (const auto& codec : codecs) names += fmt::format("{}{}/{}", names.empty() ? "" : ", ", codec.name, codec.clock_rate);
  return names;
}

Json settings_of(const MediaThreads& engine) {
  const MediaSettings& s = engine.settings();
  const MediaTotals totals = engine.totals();
  return {{"address", s.address.host()},
          {"advertised_address", s.advertised.empty() ? "" : s.advertised.host()},
          {"ports", fmt::format("{}-{}", s.first_port, s.last_port)},
          {"ports in use", fmt::format("{} of {}", totals.ports_open, totals.ports_all)},
          {"codecs", names_of(s.codecs)},
          {"threads", totals.threads},
          {"timeout", fmt::format("{} s", s.silence_limit.count() / 1000)},
          {"reuse_delay", fmt::format("{} s", s.reuse_delay.count() / 1000)},
          {"dscp", s.dscp},
          {"video_dscp", s.video_dscp},
          {"sounds", fmt::format("{}", fmt::join(s.sounds.folders, ", "))},
          {"music_on_hold", s.sounds.music},
          {"recordings", s.recordings},
          {"packets received", totals.packets.received_packets},
          {"packets sent", totals.packets.sent_packets},
          {"packets transcoded", totals.packets.transcoded_packets},
          {"packets dropped", totals.packets.dropped_packets},
          {"packets not authentic", totals.packets.unauthentic_packets},
          {"packets of strangers", totals.packets.foreign_packets}};
}

}  // namespace

std::vector<Registration> register_media_settings_command(Console& console, const MediaThreads& engine) {
  std::vector<Registration> made;
  if (auto added = console.add({"rtp show settings", "", "What of rtp.ini is in force, and what has been carried since the start.",
                                [&engine](const auto&, ConsoleReply reply) { reply(settings_of(engine)); }})) {
    made.push_back(std::move(*added));
  }
  return made;
}

}  // namespace tandem
