// What happens by the clock: our own reports (RFC 3550 section 6), and the search for ports that have fallen silent.
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "media/relay.h"
#include "media/rtcp.h"

namespace tandem {
namespace {

constexpr Duration kInterval = std::chrono::seconds(5);  // RFC 3550 6.2: the least, which two parties never exceed
constexpr uint64_t kMostBelieved = 10000000;             // microseconds
constexpr uint64_t kNtpEpoch = 2208988800;               // 1970 in seconds since 1900

}  // namespace

uint64_t Relay::ntp_now() const {
  const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.wall().time_since_epoch()).count();
  const auto seconds = static_cast<uint64_t>(wall / 1000000000);
  const auto rest = static_cast<uint64_t>(wall % 1000000000);
  return (seconds + kNtpEpoch) << 32 | (rest << 32) / 1000000000;
}

void Relay::take_report(RelayPort& port, std::span<const uint8_t> packet) {
  const RtcpFacts facts = read_rtcp(packet, port.out.ssrc());
  if (facts.sender) {
    port.reports.heard_middle = middle_of(facts.sender->ntp);
    port.reports.heard_at = now_;
  }
  if (!facts.about_us) return;
  const auto sending = port.formats.to_send();
  const uint8_t khz = port.out.started() ? port.out.clock() : sending ? sending->khz : 8;
  const auto lost = static_cast<uint64_t>(std::max(facts.about_us->cumulative_lost, 0));
  const uint64_t jitter = static_cast<uint64_t>(facts.about_us->jitter) * 1000 / khz;
  const auto trip = round_trip(*facts.about_us, ntp_now());
  const uint64_t trip_us = trip ? static_cast<uint64_t>(*trip) * 1000000 >> 16 : 0;
  // More lost than was sent, or times that no call survives: a broken clock, or a lie.
  if (lost > port.counts.sent_packets.get() || jitter > kMostBelieved || trip_us > kMostBelieved) return port.counts.absurd_reports.add(1);
  port.counts.remote_lost.set(lost);
  port.counts.remote_jitter_us.set(jitter);
  if (trip) port.counts.round_trip_us.set(trip_us);
  expect_loss(port, facts.about_us->fraction_lost * 100U / 256);
}

/// Opus then sends each packet's essence in the next one too.
void Relay::expect_loss(RelayPort& port, unsigned percent) {
  if (port.encoder) port.encoder->expect_loss(percent);
  if (port.feed.port == nullptr || port.feed.port->rtp.generation != port.feed.generation) return;
  for (const auto& transcoder : port.feed.port->transcoders) transcoder->expect_loss(percent);
}

/// Whoever sees `port`'s video asks for a picture, or for what was lost: that goes on to whoever sends it, in that leg's own numbers.
void Relay::forward_feedback(RelayPort& port, size_t size) {
  const PortRef feed = port.feed;
  if (feed.port == nullptr || feed.port->rtp.generation != feed.generation || feed.port->in.run() == 0) return;
  RelayPort& from = *feed.port;
  if (!port.out.carries(feed.generation, from.in.run())) return;
  const FeedbackWay way{.ours = from.out.ssrc(), .asked = port.out.ssrc(), .source = from.in.ssrc(), .offset = port.out.sequence_offset()};
  const std::string_view cname(from.reports.cname.data(), from.reports.cname.size());
  const size_t head = write_rtcp(made_, from.out.ssrc(), std::nullopt, std::nullopt, cname, false);
  const size_t feedback = translate_feedback({packet_.data(), size}, way, std::span(made_).subspan(head, kMostPayload - head));
  const bool mux = from.carriage && from.carriage->mux;
  if (feedback > 0 && (mux ? from.rtp : from.rtcp).sends) send_rtcp(from, head + feedback);
}

/// Between half and one and a half times the interval, so that the reports of many calls spread; the first after half of it (6.2).
void Relay::schedule_report(RelayPort& port, bool first) {
  const auto share = std::uniform_real_distribution<double>(0.5, 1.5)(random_) * (first ? 0.5 : 1.0);
  port.reports.next = now_ + std::chrono::duration_cast<Duration>(kInterval * share);
}

void Relay::send_report(RelayPort& port, bool bye) {
  const bool mux = port.carriage && port.carriage->mux;
  if (!(mux ? port.rtp : port.rtcp).sends || (!port.out.started() && port.in.run() == 0)) return;
  std::optional<SenderInfo> sender;
  if (port.out.started()) {
    const uint64_t packets = port.counts.sent_packets.get();
    sender = SenderInfo{ntp_now(), port.out.timestamp_at(now_), static_cast<uint32_t>(packets),
                        static_cast<uint32_t>(port.counts.sent_bytes.get() - packets * kRtpHeader)};
  }
  std::optional<ReportBlock> block;
  if (port.in.run() != 0) {
    const auto heard = port.in.report();
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now_ - port.reports.heard_at).count();
    const uint32_t delay = port.reports.heard_middle == 0 ? 0 : static_cast<uint32_t>((static_cast<uint64_t>(waited) << 16) / 1000000);
    block = ReportBlock{port.in.ssrc(), heard.fraction_lost, heard.cumulative_lost, heard.highest, heard.jitter, port.reports.heard_middle,
                        delay};
  }
  const std::string_view cname(port.reports.cname.data(), port.reports.cname.size());
  const size_t size = write_rtcp(made_, port.out.ssrc(), sender, block, cname, bye);
  send_rtcp(port, size);
  port.reports.begun = true;
}

void Relay::set_live(RelayPort& port, bool live) {
  if (live == port.live) return;
  port.live = live;
  if (live) {
    port.live_index = live_.size();
    live_.push_back(&port);
    if (live_.size() == 1) set_ticking(true);
  } else {
    live_.back()->live_index = port.live_index;
    live_[port.live_index] = live_.back();
    live_.pop_back();
    if (live_.empty()) set_ticking(false);
  }
}

void Relay::set_ticking(bool on) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(tick_);
  const timespec every = on ? timespec{.tv_sec = seconds.count(), .tv_nsec = (tick_ - seconds).count()} : timespec{};
  const itimerspec spec{.it_interval = every, .it_value = every};
  ::timerfd_settime(timer_.get(), 0, &spec, nullptr);
}

void Relay::look_around() {
  uint64_t expired = 0;
  (void)!::read(timer_.get(), &expired, sizeof expired);
  for (RelayPort* port : live_) {
    if (port->limit > Duration::zero()) look_for_silence(*port);
    if (now_ < port->reports.next) continue;
    send_report(*port, false);
    schedule_report(*port, false);
  }
}

/// Compares counts instead of stamping packets with the time: a report is at most two ticks late, never early.
void Relay::look_for_silence(RelayPort& port) {
  if (port.heard != port.heard_before) {
    port.heard_before = port.heard;
    port.quiet_since = now_;
    port.reported = false;
  } else if (!port.reported && now_ - port.quiet_since > port.limit) {
    port.reported = report_(&port, port.rtp.generation, {MediaEvent::Kind::silent});
  }
}

}  // namespace tandem
