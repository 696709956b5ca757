#include "media/media_threads.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "media/mos.h"
#include "media/port_parcel.h"
#include "media/srtp_crypto.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("media");
constexpr std::chrono::milliseconds kRetry(5);
constexpr std::chrono::milliseconds kCloseWithin(20);

/// Every pair in use plus what the rest of the process may want.
void raise_descriptor_limit(size_t pairs) {
  constexpr rlim_t kOthers = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t needed = 2 * pairs + kOthers;
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed) {
    kLog.line(LogLevel::warning, "the limit of {} open files is below the {} that the RTP port range needs", limit.rlim_cur, needed);
  }
}

/// Says at start, not at the first call, that the address is wrong.
Result<void> try_address(SocketAddress address) {
  address.set_port(0);
  const Descriptor probe(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (probe && ::bind(probe.get(), address.sa(), address.length()) == 0) return {};
  return Error{ErrorCode::io, fmt::format("RTP cannot use {}: {}", address.host(), std::generic_category().message(errno))};
}

}  // namespace

/// The handle of one pair. The sockets stay here until the first order: a leg that is never answered costs the media thread nothing.
class MediaThreads::Port final : public MediaPort {
 public:
  Port(MediaThreads& engine, Thread& thread, SocketPair sockets, MediaKind kind)
      : engine_(engine), thread_(&thread), kind_(kind), rtp_(sockets.local_rtp), rtcp_(sockets.local_rtcp), sockets_(std::move(sockets)) {}

  ~Port() override {
    if (slot_ != nullptr) {
      leave_slot(*thread_);
      engine_.send_later(*thread_, Order{.port = slot_, .generation = generation_, .what = ClosePort{}});
    }
    for (const uint64_t generation : earlier_) engine_.moved_.erase(generation);
    sockets_ = SocketPair{};
    engine_.pool_of(rtp_.family()).give_back(rtp_.port());
  }

  /// Its events go on, also those that are on their way from the thread that it leaves.
  void move(Thread& to) {
    if (&to == thread_) return;
    Thread& from = *std::exchange(thread_, &to);
    if (slot_ == nullptr) return;
    counted_ = counts();
    const auto parcel = std::make_shared<PortParcel>();
    leave_slot(from);
    engine_.send(from, Order{.port = slot_, .generation = generation_, .what = SendAway{parcel}});
    engine_.moved_.emplace(generation_, this);
    earlier_.push_back(generation_);
    take_slot();
    order(TakeIn{parcel});
  }
  void hear(const MediaEvent& event) const {
    if (const auto listener = listener_; listener && *listener) (*listener)(event);
  }

  SocketAddress local_rtp() const override { return rtp_; }
  SocketAddress local_rtcp() const override { return rtcp_; }

  // Where to send is of no use before there is something to send or to take in.
  void set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) override {
    const SetRemote remote{rtp, rtcp, latch};
    if (slot_ != nullptr) return order(remote);
    remote_ = remote;
  }

  void set_formats(const MediaDescription& ours, const MediaDescription& theirs) override {
    hand_over();
    order(SetFormats{PortFormats(ours, theirs, kind_)});
  }

  void set_security(const MediaSecurity& security) override {
    if (security == security_) return;
    SetSecurity what;
    what.encrypted = !std::holds_alternative<std::monostate>(security);
    const auto* const sdes = std::get_if<SdesSecurity>(&security);
    const auto* const before = std::get_if<SdesSecurity>(&security_);
    what.new_send = sdes == nullptr || before == nullptr || !same_key(sdes->send, before->send);
    what.new_receive = sdes == nullptr || before == nullptr || !same_key(sdes->receive, before->receive);
    if (sdes != nullptr && what.new_send) what.send = stream(sdes->send, SrtpStream::Direction::send);
    if (sdes != nullptr && what.new_receive) what.receive = stream(sdes->receive, SrtpStream::Direction::receive);
    if (const auto* const dtls = std::get_if<DtlsSecurity>(&security)) {
      what.new_send = what.new_receive = false;  // the handshake makes them
      what.dtls = *dtls;
      what.context = engine_.dtls_;
    }
    security_ = security;
    hand_over();
    order(std::move(what));
  }

  void set_transport(const MediaTransport& transport) override {
    if (transport == transport_) return;
    transport_ = transport;
    hand_over();
    order(SetTransport{transport});
  }

  void relay_to(MediaPort* to) override {
    auto* target = dynamic_cast<Port*>(to);
    if (target != nullptr && target->thread_ != thread_) {
      kLog.line(LogLevel::error, "RTP port {} cannot relay to {}: they are on different media threads", rtp_.port(), target->rtp_.port());
      target = nullptr;
    }
    hand_over();
    if (target != nullptr) target->hand_over();
    order(RelayTo{target == nullptr ? PortRef{} : PortRef{target->slot_, target->generation_}});
  }

  uint32_t play(Playlist list) override {
    hand_over();
    const uint32_t id = engine_.next_play_++;
    order(Play{std::make_unique<Player>(std::move(list), id)});
    return id;
  }

  void stop_playing(bool when_relayed) override { order_if_known(StopPlaying{when_relayed}); }
  void send_digit(char digit) override { order_if_known(SendDigit{digit}); }
  void hold_keys(bool on) override { order_if_known(HoldKeys{on}); }
  void hear_tones(bool on) override {
    if (on) hand_over();
    order_if_known(HearTones{on});
  }
  void record(std::shared_ptr<SoundSink> sink) override {
    hand_over();
    order(Record{std::move(sink)});
  }

  void set_timeout(std::chrono::milliseconds limit) override {
    hand_over();
    order(SetTimeout{limit});
  }

  // Of use only while somebody captures; calls before that stay without.
  void set_correlation(std::string id) override {
    if (engine_.capture_ == nullptr || !engine_.capture_->wanted(CaptureKind::rtcp)) return;
    correlation_ = std::move(id);
    order_if_known(SetCorrelation{correlation_});
  }

  void listen(UniqueFunction<void(const MediaEvent&)> listener) override {
    listener_ = std::make_shared<UniqueFunction<void(const MediaEvent&)>>(std::move(listener));
    if (slot_ != nullptr) slot_->listener = listener_;
  }

  MediaCounts counts() const override {
    // Until the media thread has taken over, the counts in the slot are those of an earlier port, or of this one where it was before.
    if (slot_ == nullptr || slot_->counted.load(std::memory_order_acquire) != generation_) return counted_;
    MediaCounts counts = slot_->counts.read();
    counts.lost_packets = slot_->in.lost();
    counts.jitter_us = slot_->in.jitter_us();
    if (kind_ == MediaKind::audio) judge(counts);
    return counts;
  }

 private:
  void judge(MediaCounts& counts) const {
    using std::chrono::microseconds;
    const auto format = static_cast<Format>(slot_->counts.sound_format.get());
    const microseconds trip(counts.round_trip_us);
    counts.mos = estimate_mos({format, counts.received_packets, counts.lost_packets, microseconds(counts.jitter_us), trip});
    const bool told = counts.remote_jitter_us > 0 || counts.remote_lost_packets > 0 || counts.round_trip_us > 0;
    const uint64_t arrived = told ? counts.sent_packets - std::min(counts.sent_packets, counts.remote_lost_packets) : 0;
    counts.remote_mos = estimate_mos({format, arrived, counts.remote_lost_packets, microseconds(counts.remote_jitter_us), trip});
  }

  /// The tag says which one of an offer was taken, no more.
  static bool same_key(SdesKey a, const SdesKey& b) {
    a.tag = b.tag;
    return a == b;
  }

  std::unique_ptr<SrtpStream> stream(const SdesKey& key, SrtpStream::Direction direction) const {
    auto made = SrtpStream::make(key, direction);
    if (!made) kLog.line(LogLevel::error, "RTP port {}: this SRTP key cannot be used, so nothing is sent or taken in", rtp_.port());
    return made;
  }

  void take_slot() {
    slot_ = engine_.take_slot(*thread_);
    generation_ = engine_.next_generation_++;
    slot_->handle_generation = generation_;
    slot_->listener = listener_;
  }

  void leave_slot(Thread& thread) const {
    slot_->listener.reset();
    slot_->handle_generation = 0;
    thread.free.push_back(slot_);
  }

  void hand_over() {
    if (slot_ != nullptr) return;
    take_slot();
    order(OpenPort{std::move(sockets_), kind_});
    if (remote_) order(*std::exchange(remote_, std::nullopt));
    if (!correlation_.empty()) order(SetCorrelation{correlation_});
  }

  template <class What>
  void order_if_known(What what) {
    if (slot_ != nullptr) order(std::move(what));
  }

  template <class What>
  void order(What what) {
    engine_.send(*thread_, Order{.port = slot_, .generation = generation_, .what = std::move(what)});
  }

  MediaThreads& engine_;
  Thread* thread_;
  const MediaKind kind_;
  const SocketAddress rtp_, rtcp_;
  SocketPair sockets_;
  std::optional<SetRemote> remote_;  ///< said before the first other order
  MediaSecurity security_;           ///< of the last order, to know what is new
  MediaTransport transport_;
  RelayPort* slot_ = nullptr;
  uint64_t generation_ = 0;
  std::vector<uint64_t> earlier_;  ///< on other threads
  MediaCounts counted_;            ///< when it left the last one
  std::string correlation_;
  std::shared_ptr<UniqueFunction<void(const MediaEvent&)>> listener_;
};

MediaThreads::MediaThreads(const MediaSettings& settings, Loop& loop, Clock& clock, Tones tones)
    : settings_(settings),
      loop_(loop),
      clock_(clock),
      pool_(settings.first_port, settings.last_port, settings.reuse_delay, clock),
      pool6_(settings.first_port, settings.address6.empty() ? settings.first_port : settings.last_port, settings.reuse_delay, clock),
      sounds_(settings.sounds, std::move(tones), loop),
      recorder_(loop, clock),
      alive_(std::make_shared<bool>(true)),
      retry_(loop) {}

MediaThreads::~MediaThreads() = default;

Result<std::unique_ptr<MediaThreads>> MediaThreads::open(const MediaSettings& settings, Loop& loop, Clock& clock, Tones tones) {
  if (auto usable = try_address(settings.address); !usable) return usable.error();
  MediaSettings usable_settings = settings;
  if (!settings.address6.empty()) {
    if (auto usable = try_address(settings.address6); !usable) {
      kLog.line(LogLevel::notice, "no media over IPv6: {}", usable.error().message);
      usable_settings.address6 = SocketAddress();
    }
  }
  std::unique_ptr<MediaThreads> engine(new MediaThreads(usable_settings, loop, clock, std::move(tones)));
  raise_descriptor_limit(engine->pool_.size() + engine->pool6_.size());
  if (auto started = engine->start_security(); !started) return started.error();
  if (auto started = engine->start_threads(); !started) return started.error();
  return engine;
}

Result<void> MediaThreads::start_security() {
  if (auto started = start_srtp(); !started) return started;
  auto context = DtlsContext::make();
  if (!context) return context.error();
  dtls_ = std::move(*context);
  return {};
}

Result<void> MediaThreads::start_threads() {
  for (unsigned i = 0; i < std::max(1U, settings_.threads); ++i) {
    auto report = [this, &loop = loop_, engine = std::weak_ptr(alive_)](RelayPort* port, uint64_t generation, const MediaEvent& event) {
      return loop.post(
          [this, engine, port, generation, event] {
            const auto alive = engine.lock();
            // The handle may have gone, and its slot may serve another, since the media thread looked.
            if (!alive) return;
            if (port->handle_generation != generation) return moved_event(generation, event);
            if (const auto listener = port->listener; listener && *listener) (*listener)(event);
          },
          Share::existing);
    };
    auto thread = std::make_unique<Thread>();
    auto relay = Relay::start(fmt::format("media-{}", i), clock_, settings_.tick, settings_.mailbox, std::move(report));
    if (!relay) return relay.error();
    thread->relay = std::move(*relay);
    threads_.push_back(std::move(thread));
  }
  return {};
}

Result<std::unique_ptr<MediaPort>> MediaThreads::open(uint64_t affinity, MediaKind kind, int family) {
  const bool usual = family == 0 || family == settings_.address.family();
  if (!usual && settings_.address6.family() != family)
    return Error{ErrorCode::unavailable, fmt::format("there is no {} address for media", family == AF_INET6 ? "IPv6" : "IPv4")};
  const SocketAddress& address = usual ? settings_.address : settings_.address6;
  auto sockets = open_socket_pair(pool_of(address.family()), address, kind == MediaKind::video ? settings_.video_dscp : settings_.dscp);
  if (!sockets) return sockets.error();
  Thread& thread = *threads_[affinity % threads_.size()];
  return std::unique_ptr<MediaPort>(std::make_unique<Port>(*this, thread, std::move(*sockets), kind));
}

void MediaThreads::move(MediaPort& port, uint64_t affinity) {
  if (auto* const ours = dynamic_cast<Port*>(&port)) ours->move(*threads_[affinity % threads_.size()]);
}

/// What happened to a port just before it went to another thread.
void MediaThreads::moved_event(uint64_t generation, const MediaEvent& event) const {
  const auto it = moved_.find(generation);
  if (it != moved_.end()) it->second->hear(event);
}

SocketAddress MediaThreads::advertised(const SocketAddress& local) const {
  SocketAddress address = local.family() == settings_.address.family() ? settings_.advertised : settings_.advertised6;
  if (!address.empty()) address.set_port(local.port());
  return address;
}

void MediaThreads::set_capture(Capture* capture) {
  capture_ = capture;
  for (const auto& thread : threads_) thread->relay->set_capture(capture);
}

MediaTotals MediaThreads::totals() const {
  MediaTotals totals{
      .threads = threads_.size(), .ports_open = pool_.in_use() + pool6_.in_use(), .ports_all = pool_.size() + pool6_.size(), .packets = {}};
  for (const auto& thread : threads_) {
    const MediaCounts c = thread->relay->totals();
    totals.packets.received_packets += c.received_packets;
    totals.packets.received_bytes += c.received_bytes;
    totals.packets.sent_packets += c.sent_packets;
    totals.packets.sent_bytes += c.sent_bytes;
    totals.packets.dropped_packets += c.dropped_packets;
    totals.packets.unauthentic_packets += c.unauthentic_packets;
    totals.packets.foreign_packets += c.foreign_packets;
    totals.packets.transcoded_packets += c.transcoded_packets;
  }
  return totals;
}

Result<std::shared_ptr<SoundSink>> MediaThreads::start_recording(RecordRequest request, UniqueFunction<void(Result<RecordingEnd>)> done) {
  if (settings_.recordings.empty()) return Error{ErrorCode::unavailable, "there is no folder for recordings"};
  if (!is_sound_name(request.name)) return Error{ErrorCode::invalid, fmt::format("\"{}\" is no name of a recording", request.name)};
  request.name = fmt::format("{}/{}.wav", settings_.recordings, request.name);
  return recorder_.start(std::move(request), std::move(done));
}

RelayPort* MediaThreads::take_slot(Thread& thread) {
  if (thread.free.empty()) return &thread.ports.emplace_back();
  RelayPort* const slot = thread.free.back();
  thread.free.pop_back();
  return slot;
}

/// Not before the callback that gives the order has returned: what one event of a call asks for costs the media thread one wake-up.
void MediaThreads::send(Thread& thread, Order order) {
  thread.waiting.push_back(std::move(order));
  if (std::exchange(flush_due_, true)) return;
  loop_.defer([this, engine = std::weak_ptr(alive_)] {
    if (engine.lock()) flush();
  });
}

/// With the next orders: a thread that is woken for a call's beginning closes what has ended meanwhile. Where ports do not rest they may be
/// wanted again at once.
void MediaThreads::send_later(Thread& thread, Order order) {
  if (settings_.reuse_delay < 2 * kCloseWithin) return send(thread, std::move(order));
  thread.waiting.push_back(std::move(order));
  if (!flush_due_ && !retry_.running()) retry_.start(kCloseWithin, [this] { flush(); });
}

void MediaThreads::flush() {
  flush_due_ = false;
  retry_.stop();
  bool left = false;
  for (const auto& thread : threads_) {
    if (!thread->waiting.empty()) thread->relay->post(thread->waiting);
    left = left || !thread->waiting.empty();
  }
  if (left) retry_.start(kRetry, [this] { flush(); });
}

}  // namespace tandem
