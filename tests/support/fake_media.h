// FakeMedia: ports without sockets. What they were told can be read; a relay to a port that has gone is forgotten. Test's thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tandem/media.h"

namespace tandem::test {

class FakeMedia;

class FakePort final : public MediaPort {
 public:
  FakePort(FakeMedia& media, uint64_t affinity, uint16_t port, bool ipv6 = false);
  ~FakePort() override;
  SocketAddress local_rtp() const override { return rtp_; }
  SocketAddress local_rtcp() const override { return rtcp_; }
  void set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) override;
  void set_formats(const MediaDescription& ours, const MediaDescription& theirs) override;
  void set_security(const MediaSecurity& security) override { security_ = security; }
  void set_transport(const MediaTransport& transport) override { transport_ = transport; }
  void relay_to(MediaPort* to) override { to_ = static_cast<FakePort*>(to); }
  uint32_t play(Playlist list) override;
  void stop_playing(bool when_relayed) override;
  void send_digit(char digit) override { digits_ += digit; }
  void set_correlation(std::string id) override { correlation_ = std::move(id); }
  void hear_tones(bool on) override { hears_tones_ = on; }
  void hold_keys(bool on) override {
    holds_keys_ = on;
    ++key_orders_;
  }
  void record(std::shared_ptr<SoundSink> sink) override { sink_ = std::move(sink); }
  void listen(UniqueFunction<void(const MediaEvent&)> listener) override { listener_ = std::move(listener); }
  void set_timeout(std::chrono::milliseconds limit) override { timeout_ = limit; }
  MediaCounts counts() const override { return counts_; }

  const uint64_t affinity_;
  SocketAddress remote_rtp_, remote_rtcp_;
  bool latch_ = false;
  FakePort* to_ = nullptr;
  MediaKind kind_ = MediaKind::audio;
  MediaSecurity security_;
  MediaTransport transport_;
  MediaDescription ours_, theirs_;  ///< as in set_formats()
  UniqueFunction<void(const MediaEvent&)> listener_;
  std::optional<Playlist> playing_;
  uint32_t play_ = 0;
  bool yields_ = false;  ///< what plays ends with the first packet that is relayed here
  std::string digits_;
  bool hears_tones_ = false, holds_keys_ = false;
  size_t key_orders_ = 0;  ///< hold_keys()
  std::string correlation_;
  std::shared_ptr<SoundSink> sink_;
  /// What plays comes to its end.
  void finish_playing();
  /// Whether the two share a format in which sound that arrives at `from` can leave here as it is.
  bool takes_from(const FakePort& from) const;
  std::chrono::milliseconds timeout_{0};
  MediaCounts counts_;

 private:
  FakeMedia& media_;
  SocketAddress rtp_, rtcp_;
};

/// Every sound there is; the answers wait until the test asks for them.
class FakeSounds final : public SoundLibrary {
 public:
  void load(std::vector<std::string> names, Loaded done) override { waiting_.emplace_back(std::move(names), std::move(done)); }
  /// Answers everything that waits; names in missing_ with not_found.
  void answer();
  std::vector<std::vector<std::string>> asked_;  ///< what has been answered
  std::set<std::string> missing_;

 private:
  std::vector<std::pair<std::vector<std::string>, Loaded>> waiting_;
};

class FakeMedia final : public MediaEngine {
 public:
  Result<std::unique_ptr<MediaPort>> open(uint64_t affinity, MediaKind kind = MediaKind::audio, int family = 0) override;
  const DtlsFingerprint& fingerprint() const override { return fingerprint_; }
  SocketAddress advertised(const SocketAddress& local) const override;
  const std::vector<Codec>& codecs() const override { return codecs_; }

  SoundLibrary& sounds() override { return sounds_; }
  Result<std::shared_ptr<SoundSink>> start_recording(RecordRequest request, UniqueFunction<void(Result<RecordingEnd>)> done) override;
  void stop_recording(const std::shared_ptr<SoundSink>& sink) override;

  FakeSounds sounds_;
  std::vector<RecordRequest> recordings_;                ///< that were started
  UniqueFunction<void(Result<RecordingEnd>)> recorded_;  ///< of the last one
  size_t recordings_stopped_ = 0;
  std::vector<FakePort*> ports_;  ///< those that are open, oldest first
  size_t most_ = 1000;            ///< then the pool is empty
  std::vector<Codec> codecs_ = {Codec{.name = "PCMU"}, Codec{.name = "PCMA", .payload_type = 8},
                                Codec{.name = "TELEPHONE-EVENT", .payload_type = 101, .fmtp = "0-16"}};
  DtlsFingerprint fingerprint_{DigestAlgorithm::sha_256, std::array<uint8_t, 32>{1, 2, 3}};
  bool has_ipv6_ = true;
  std::string shown_;  ///< the address for SDP, if not the bound one

 private:
  uint16_t next_ = 20000;
};

}  // namespace tandem::test
