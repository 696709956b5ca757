#include "media/media_settings.h"

#include <fmt/format.h>

#include <filesystem>

namespace tandem {
namespace {

SocketAddress read_host(SectionReader& reader, std::string_view key, const SocketAddress& fallback) {
  if (!reader.has(key)) return fallback;
  const auto address = SocketAddress::from(reader.text(key, ""), 0);
  if (address) return *address;
  reader.complain(key, "must be a numeric IPv4 or IPv6 address without a port");
  return fallback;
}

std::vector<Codec> read_codecs(SectionReader& reader, const std::vector<Codec>& fallback) {
  if (!reader.has("codecs")) return fallback;
  auto codecs = codecs_named(reader.list("codecs"));
  if (codecs) return std::move(*codecs);
  reader.complain("codecs", codecs.error().message + "; known are pcmu, pcma, l16/8000, l16/16000, g722, gsm, g729 and opus");
  return fallback;
}

/// Against the folder of the file that names it.
std::string whole_path(const std::string& path, const ConfigSection& section) {
  if (path.starts_with('/')) return path;
  return (std::filesystem::absolute(section.file).parent_path() / path).lexically_normal().string();
}

SoundSettings read_sounds(SectionReader& reader, const ConfigSection& section) {
  SoundSettings s;
  for (const auto& folder : reader.list("sounds")) s.folders.push_back(whole_path(folder, section));
  s.music = reader.text("music_on_hold", "default");
  if (!s.music.empty() && !is_sound_name(s.music)) reader.complain("music_on_hold", "must be the name of a folder below music/");
  s.cache_bytes = static_cast<size_t>(reader.integer("sound_cache", 64, 1, 4096)) * 1024 * 1024;
  return s;
}

MediaSettings read_section(SectionReader& reader, const ConfigSection& section) {
  MediaSettings s;
  s.address = read_host(reader, "address", s.address);
  s.advertised = read_host(reader, "advertised_address", s.advertised);
  if (s.address.family() == AF_INET && s.address.is_loopback()) s.address6 = *SocketAddress::from("::1", 0);
  s.address6 = read_host(reader, "address6", s.address6);
  s.advertised6 = read_host(reader, "advertised_address6", s.advertised6);
  s.first_port = static_cast<uint16_t>(reader.integer("port_start", s.first_port, 1024, 65534));
  s.last_port = static_cast<uint16_t>(reader.integer("port_end", s.last_port, 1025, 65535));
  s.codecs = read_codecs(reader, s.codecs);
  s.sounds = read_sounds(reader, section);
  if (reader.has("recordings")) s.recordings = whole_path(reader.text("recordings", ""), section);
  s.threads = static_cast<unsigned>(reader.integer("threads", s.threads, 1, 64));
  s.dscp = static_cast<int>(reader.integer("dscp", s.dscp, 0, 63));
  s.video_dscp = static_cast<int>(reader.integer("video_dscp", s.video_dscp, 0, 63));
  s.silence_limit = reader.duration("timeout", s.silence_limit);
  s.reuse_delay = reader.duration("reuse_delay", s.reuse_delay);
  if (s.first_port % 2 != 0) reader.complain("port_start", "must be even: RTP takes the even ports, RTCP the odd ones above them");
  if (s.last_port <= s.first_port) reader.complain("port_end", "must be above port_start");
  if (s.address.is_unspecified() && s.advertised.empty()) {
    reader.complain("address", "stands for every interface, so advertised_address must say which address phones are told");
  }
  if (!s.address6.empty() && (s.address6.family() != AF_INET6 || s.address.family() != AF_INET))
    reader.complain("address6", "must be an IPv6 address, beside an IPv4 one in address");
  if (s.address6.is_unspecified() && s.advertised6.empty())
    reader.complain("address6", "stands for every interface, so advertised_address6 must say which address phones are told");
  if (s.advertised6.is_unspecified() || (!s.advertised6.empty() && s.advertised6.family() != AF_INET6))
    reader.complain("advertised_address6", "must be an IPv6 address that can be sent to");
  if (s.advertised.is_unspecified()) reader.complain("advertised_address", "cannot be sent to");
  return s;
}

}  // namespace

Result<MediaSettings> read_media_settings(const Config& config) {
  const auto file = config.read("rtp");
  if (!file) {
    if (file.error().code == ErrorCode::not_found) return MediaSettings();
    return file.error();
  }
  MediaSettings settings;
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    if (section.name != "rtp") {
      complaints.push_back(fmt::format("{}:{}: [{}]: unknown section, only [rtp] belongs here", section.file, section.line, section.name));
      continue;
    }
    SectionReader reader(section, complaints);
    settings = read_section(reader, section);
    reader.finish();
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
