// MediaThreads: the media engine. This object and the ports it hands out live on the switch thread; the sockets live in its relays, one
// thread each.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "media/media_settings.h"
#include "media/port_pool.h"
#include "media/recorder.h"
#include "media/relay.h"
#include "media/sound_store.h"
#include "tandem/loop.h"
#include "tandem/media.h"
#include "tandem/recordings.h"

namespace tandem {

/// For the console and for metrics.
struct MediaTotals {
  size_t threads = 0;
  size_t ports_open = 0;  ///< pairs in use by legs
  size_t ports_all = 0;   ///< pairs in the range
  MediaCounts packets;    ///< since the start
};

/// Outlives every port it has opened.
class MediaThreads final : public MediaEngine, public Recordings {
 public:
  /// Starts the threads and raises the process's descriptor limit to what the port range needs, as far as the system allows.
  /// io: the address cannot be bound here, or no thread is to be had. `clock` measures silence and is read on the media threads too.
  static Result<std::unique_ptr<MediaThreads>> open(const MediaSettings& settings, Loop& loop, Clock& clock, Tones tones = {});
  static Result<std::unique_ptr<MediaThreads>> open(const MediaSettings& settings, Loop& loop) {
    return open(settings, loop, loop.clock());
  }
  ~MediaThreads() override;

  Result<std::unique_ptr<MediaPort>> open(uint64_t affinity, MediaKind kind = MediaKind::audio, int family = 0) override;
  const DtlsFingerprint& fingerprint() const override { return dtls_->fingerprint(); }
  void move(MediaPort& port, uint64_t affinity) override;
  SocketAddress advertised(const SocketAddress& local) const override;

  const std::vector<Codec>& codecs() const override { return settings_.codecs; }
  SoundLibrary& sounds() override { return sounds_; }
  Result<std::shared_ptr<SoundSink>> start_recording(RecordRequest request, UniqueFunction<void(Result<RecordingEnd>)> done) override;
  void stop_recording(const std::shared_ptr<SoundSink>& sink) override { recorder_.stop(sink); }

  const std::string& folder() const override { return settings_.recordings; }

  const MediaSettings& settings() const { return settings_; }
  MediaTotals totals() const;
  /// Copies of all reports go there, as far as it wants them. It outlives this.
  void set_capture(Capture* capture);

 private:
  class Port;
  struct Thread {
    std::deque<RelayPort> ports;  // addresses stay; grows to the most that were ever open at once
    std::vector<RelayPort*> free;
    std::deque<Order> waiting;     // orders for the end of this turn, or that found the mailbox full
    std::unique_ptr<Relay> relay;  // last: its thread ends before the ports go
  };

  MediaThreads(const MediaSettings& settings, Loop& loop, Clock& clock, Tones tones);
  Result<void> start_security();
  Result<void> start_threads();
  RelayPort* take_slot(Thread& thread);
  void send(Thread& thread, Order order);
  void send_later(Thread& thread, Order order);
  void flush();
  void moved_event(uint64_t generation, const MediaEvent& event) const;

  const MediaSettings settings_;
  std::shared_ptr<const DtlsContext> dtls_;
  Loop& loop_;
  Clock& clock_;
  /// Of the usual address, or of the IPv6 one beside it.
  PortPool& pool_of(int family) { return family == settings_.address.family() ? pool_ : pool6_; }
  PortPool pool_, pool6_;
  SoundStore sounds_;
  Recorder recorder_;
  std::shared_ptr<bool> alive_;  // reports under way hold it weakly
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unordered_map<uint64_t, Port*> moved_;  // by the generations that open ports had on threads before
  Timer retry_;
  bool flush_due_ = false;
  uint64_t next_generation_ = 1;
  uint32_t next_play_ = 1;
  Capture* capture_ = nullptr;
};

}  // namespace tandem
