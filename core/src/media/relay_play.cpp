// What a port sends of its own: sounds and digits. A tick each 20 ms, only while some port has any.
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "media/relay.h"

namespace tandem {
namespace {

// Sources of a StreamOut that are no port: no generation comes this far.
constexpr uint64_t kSound = ~uint64_t{0};
constexpr uint64_t kDigits = kSound - 1;

}  // namespace

void Relay::apply(RelayPort& port, Play& order) {
  stop_player(port, false);
  port.player = std::move(order.player);
  port.yields = false;
  now_ = clock_.now();
  port.pace.begin(now_);
  set_playing(port);
}

void Relay::apply(RelayPort& port, const StopPlaying& order) {
  if (order.when_relayed) {
    port.yields = true;
  } else {
    stop_player(port, false);
  }
}

void Relay::apply(RelayPort& port, const SendDigit& order) {
  if (!port.formats.event_to_send() || !port.keys.add(order.digit) || port.playing) return;
  now_ = clock_.now();
  port.pace.begin(now_);
  set_playing(port);
}

/// `ended`: it came to its end by itself, which is told.
void Relay::stop_player(RelayPort& port, bool ended) {
  if (!port.player) return;
  const uint32_t id = port.player->id();
  port.player.reset();
  if (port.out.carries(kSound)) port.out.forget_source();
  if (ended) report_(&port, port.rtp.generation, {MediaEvent::Kind::played, 0, id});
}

void Relay::set_playing(RelayPort& port) {
  if (port.playing) return;
  port.playing = true;
  playing_.push_back(&port);
  if (playing_.size() == 1) set_pace(true);
}

void Relay::set_pace(bool on) {
  const timespec every{.tv_sec = 0, .tv_nsec = on ? kFrameTime.count() : 0};
  const timespec first{.tv_sec = 0, .tv_nsec = on ? 1 : 0};  // the first frame at once
  const itimerspec spec{.it_interval = every, .it_value = first};
  ::timerfd_settime(pacer_.get(), 0, &spec, nullptr);
}

void Relay::play_all() {
  uint64_t expired = 0;
  (void)!::read(pacer_.get(), &expired, sizeof expired);
  for (RelayPort* port : playing_) {
    const auto due = port->pace.take(now_);
    if (due.skip > 0) skip(*port, due.skip);
    for (unsigned i = 0; i < due.send; ++i) play_frame(*port);
  }
  std::erase_if(playing_, [](RelayPort* port) {
    port->playing = port->player != nullptr || !port->keys.idle();
    return !port->playing;
  });
  if (playing_.empty()) set_pace(false);
}

void Relay::skip(RelayPort& port, unsigned frames) {
  if (port.player) port.player->skip(frames);
  const auto format = port.formats.to_send();
  if (format && port.out.carries(kSound)) port.out.skip(frames * static_cast<uint32_t>(kFrameSamples) * clock_khz(format->format));
}

/// A digit goes before sound: while it lasts, sound passes unheard, so that both keep their time.
void Relay::play_frame(RelayPort& port) {
  const bool keys = !port.keys.idle();
  if (port.player) play_sound(port, !keys);
  if (keys) play_digit(port);
}

void Relay::play_sound(RelayPort& port, bool audible) {
  const auto format = port.formats.to_send();
  const uint8_t khz = format ? sound_khz(format->format) : 8;
  std::array<int16_t, kFrameSamples * 16> samples;
  const auto frame = std::span(samples).first(kFrameSamples * khz);
  if (!port.player->next(khz, frame)) return stop_player(port, true);
  if (!audible || !format || !port.rtp.sends) return;
  if (!port.encoder || port.encoder_format != format->format) {
    port.encoder = make_encoder(format->format, khz, format->opus);
    port.encoder_format = format->format;
  }
  if (!port.out.carries(kSound)) {
    close_event(port);
    port.out.change_to_own(kSound, format->khz, now_);
  }
  port.out.next(made_.data(), format->number, static_cast<uint32_t>(kFrameSamples) * format->khz, now_);
  const size_t size = port.encoder->encode(frame, std::span(made_).subspan(kRtpHeader, kMostPayload));
  send(port, made_.data(), kRtpHeader + size);
}

void Relay::play_digit(RelayPort& port) {
  const auto step = port.keys.step();
  const auto format = port.formats.event_to_send();
  if (step.begins) {
    close_event(port);
    port.out.change_to_own(kDigits, format ? format->khz : uint8_t{8}, now_);
  }
  if (step.event && format && port.rtp.sends) {
    TelephoneEvent event = *step.event;
    event.duration = static_cast<uint16_t>(std::min<uint32_t>(uint32_t{event.duration} * format->khz / 8, 0xffff));
    for (int i = 0; i < step.copies; ++i) {
      port.out.next_at(made_.data(), format->number, port.out.upcoming_timestamp(), now_);
      write_event(&made_[kRtpHeader], event);
      send(port, made_.data(), kRtpHeader + kTelephoneEvent);
    }
  }
  if (port.keys.idle() && port.out.carries(kDigits)) port.out.forget_source();
}

}  // namespace tandem
