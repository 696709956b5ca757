// Media: what a leg sends and receives, in protocol-neutral terms, and the handle of a socket pair in a media thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/function.h"
#include "tandem/media_description.h"
#include "tandem/media_security.h"
#include "tandem/result.h"

namespace tandem {

/// Counted by the media thread, readable at any time from any thread (relaxed).
struct MediaCounts {
  uint64_t received_packets = 0, received_bytes = 0;
  uint64_t sent_packets = 0, sent_bytes = 0;
  uint64_t dropped_packets = 0;  ///< malformed, of no agreed format, nowhere to go
  uint64_t unauthentic_packets =
      0;                         ///< of those dropped: SRTP that does not fit its key, that came twice, or that is none; wrong ICE checks
  uint64_t foreign_packets = 0;  ///< of those dropped: from another source than the peer
  uint64_t lost_packets = 0;     ///< gaps in the sequence numbers of what arrived
  uint64_t transcoded_packets = 0;   ///< of those sent: decoded and encoded anew
  uint32_t jitter_us = 0;            ///< of what arrives, interarrival jitter (RFC 3550 6.4.1)
  uint64_t remote_lost_packets = 0;  ///< of what we sent, as the far end reports it by RTCP
  uint32_t remote_jitter_us = 0;     ///< the same
  uint32_t round_trip_us = 0;        ///< between the far end and us, from its reports; 0: not known
  uint64_t absurd_reports = 0;       ///< RTCP that cannot be true, and was not believed
  uint16_t mos = 0;                  ///< estimated mean opinion score of what arrives, in hundredths; 0: not known
  uint16_t remote_mos = 0;           ///< the same of what the far end hears, by its reports
};

/// Decoded sound: nobody changes it any more, so whoever plays it shares it.
struct Sound {
  std::vector<int16_t> narrow;  ///< at 8000 Hz
  std::vector<int16_t> wide;    ///< the same at 16000 Hz
};

/// Sounds one after the other; over and over when `repeat`.
struct Playlist {
  std::vector<std::shared_ptr<const Sound>> sounds;
  bool repeat = false;
};

/// What can be played, by name: files, tones, music. Switch thread.
class SoundLibrary {
 public:
  virtual ~SoundLibrary() = default;
  using Loaded = UniqueFunction<void(Result<Playlist>)>;
  /// "prompts/goodbye" (a WAV file), "tone:busy", "tone:busy/de", "music:NAME", "silence:MILLISECONDS". `done` is called later, never from
  /// inside load(): not_found, invalid, io or exhausted with a sentence that names the sound.
  virtual void load(std::vector<std::string> names, Loaded done) = 0;
};

/// A recording that is under way, as a port knows it (core/src/media/recorder.h).
class SoundSink;
struct RecordRequest {
  std::string name;                      ///< NAME.wav in the folder for recordings; letters, digits, "-", "_", "." and "/" between
  std::chrono::milliseconds longest{0};  ///< 0: until it is stopped
  std::chrono::milliseconds silence{0};  ///< ends it after so much silence; 0: never
};
struct RecordingEnd {
  enum class Reason : uint8_t { stopped, longest, silence };
  Reason reason = Reason::stopped;
  std::chrono::milliseconds length{0};
  std::string path;
};

/// What a media thread has to tell about a port.
struct MediaEvent {
  enum class Kind : uint8_t {
    silent,     ///< neither RTP nor RTCP for longer than the limit; once for each silence
    digit,      ///< a telephone-event (RFC 4733) began; once for each press
    played,     ///< a playlist has come to its end by itself
    secured,    ///< the DTLS handshake is done: media may flow
    unsecured,  ///< it failed: no answer, or another certificate than was announced; nothing flows
  };
  Kind kind = Kind::silent;
  char digit = 0;     ///< '0'-'9', '*', '#', 'A'-'D'
  uint32_t play = 0;  ///< as play() has returned it
  bool held = false;  ///< of a digit: it was not passed on (hold_keys)
};

/// A socket pair (RTP and RTCP) in a media thread. The handle lives on the switch thread; its orders travel by mailbox and are never
/// refused. Destroying it closes the sockets; the ports return to the pool after a drain.
///
/// Whatever its source, what leaves a port is one RTP stream: one SSRC, sequence and timestamps carried on, a marker at each seam. RTCP
/// ends here: reports are our own.
class MediaPort {
 public:
  virtual ~MediaPort() = default;
  virtual SocketAddress local_rtp() const = 0;
  virtual SocketAddress local_rtcp() const = 0;
  /// Where to send, and from where alone to accept (connected sockets), unless `latch`: then the first source that sends becomes the peer,
  /// once. Nothing is sent or taken in before another order gives a reason to.
  virtual void set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) = 0;
  /// What was agreed: what arrives is numbered as in `ours`, what leaves is numbered as in `theirs` and is of a format that both have.
  virtual void set_formats(const MediaDescription& ours, const MediaDescription& theirs) = 0;
  /// How it is protected; plain at first. What equals the last order changes nothing: contexts, roll-over counter and DTLS session go on.
  virtual void set_security(const MediaSecurity& security) = 0;
  virtual void set_transport(const MediaTransport& transport) = 0;
  /// What arrives here leaves through `to` (a port of the same affinity; itself for an echo), as it is or transcoded. Whoever was relayed
  /// to `to` before is heard until the first packet comes from here. Null: it is dropped.
  virtual void relay_to(MediaPort* to) = 0;
  /// Plays to the peer in place of whatever is relayed here, and of what was played before. Returns the number by which `played` names it.
  virtual uint32_t play(Playlist list) = 0;
  /// At once; or `when_relayed`, with the first packet that is relayed here.
  virtual void stop_playing(bool when_relayed) = 0;
  /// Sends a key as a telephone-event, after those that are still being sent. Nothing when the peer has agreed on none.
  virtual void send_digit(char digit) = 0;
  /// Listens for digits in the sound itself, for lines that know no telephone-event; each is told as a `digit`. Costs a decoder a packet.
  virtual void hear_tones(bool on) = 0;
  /// On: of telephone-events that arrive, a "*" is not passed on, nor whatever comes behind it, until the next such order; that listens for
  /// the next "*". Each press is whole on one side of that line, and its event says on which.
  virtual void hold_keys(bool on) = 0;
  /// Puts what comes in and what goes out here into a recording; null ends that.
  virtual void record(std::shared_ptr<SoundSink> sink) = 0;
  /// What a capture server is to know its reports by (the leg's Call-ID).
  virtual void set_correlation(std::string id) = 0;
  /// Tell of silence longer than `limit`; zero: never (a held leg).
  virtual void set_timeout(std::chrono::milliseconds limit) = 0;
  /// Who hears of what happens here, on the switch thread; it may destroy the port. Nobody at first.
  virtual void listen(UniqueFunction<void(const MediaEvent&)> listener) = 0;
  virtual MediaCounts counts() const = 0;
};

class MediaEngine {
 public:
  virtual ~MediaEngine() = default;
  /// Ports with the same affinity share one media thread: use the call's number. `family`: AF_INET or AF_INET6; 0: the usual one.
  /// exhausted when the pool is empty, unavailable when there is no address of that family.
  virtual Result<std::unique_ptr<MediaPort>> open(uint64_t affinity, MediaKind kind = MediaKind::audio, int family = 0) = 0;
  /// Of the certificate that ports show in DTLS; made anew at each start.
  virtual const DtlsFingerprint& fingerprint() const = 0;
  /// Takes the port, and the stream that flows through it, to the media thread of that affinity, so that it can be relayed to ports there.
  /// What it was relayed to, and who was relayed to it, is forgotten; what it plays goes on.
  virtual void move(MediaPort& /*port*/, uint64_t /*affinity*/) {}
  /// The address that goes into SDP when it differs from the bound one (NAT, --lan); empty: the bound one.
  virtual SocketAddress advertised(const SocketAddress& local) const = 0;
  /// What is offered and accepted, in order of preference, telephone-event last.
  virtual const std::vector<Codec>& codecs() const = 0;
  virtual SoundLibrary& sounds() = 0;
  /// `done` hears how it ended, never from inside these functions. invalid: that is no name. unavailable: there is no folder for
  /// recordings.
  virtual Result<std::shared_ptr<SoundSink>> start_recording(RecordRequest request, UniqueFunction<void(Result<RecordingEnd>)> done) = 0;
  virtual void stop_recording(const std::shared_ptr<SoundSink>& sink) = 0;
};

}  // namespace tandem
