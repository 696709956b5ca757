// What SRTP adds to a packet: processor time of protecting and of unprotecting, with one live stream and with many, in one thread and in
// two. And what a transcoded packet costs, codec and resampler alone, and as the media thread does it.
//
// One line a figure: NAME NANOSECONDS.
#include <time.h>

#include <memory>
#include <thread>

#include "load_support.h"
#include "media/rtp.h"
#include "media/srtp_crypto.h"
#include "media/srtp_stream.h"
#include "media/transcoder.h"

namespace {

using namespace tandem;
using namespace tandem::load;
using Way = SrtpStream::Direction;

double thread_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Pair {
  std::unique_ptr<SrtpStream> send, receive;
};

struct Cost {
  double protect = 0, unprotect = 0;
};

/// Packets of 20 ms PCMU, one of each stream in turn.
Cost measure(SrtpSuite suite, size_t streams) {
  constexpr size_t kPackets = 200000;
  std::vector<Pair> pairs;
  for (size_t i = 0; i < streams; ++i) {
    const SdesKey key = fresh_sdes_key(1, suite);
    pairs.push_back({SrtpStream::make(key, Way::send), SrtpStream::make(key, Way::receive)});
  }
  std::vector<std::array<uint8_t, 224>> packets(streams);
  std::vector<size_t> sizes(streams);
  Cost cost;
  const size_t rounds = std::max<size_t>(kPackets / streams, 20);
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < streams; ++i) {
      packets[i].fill(0);
      packets[i][0] = 0x80;
      write_16(&packets[i][2], static_cast<uint16_t>(round));
      sizes[i] = 172;
    }
    const double begin = thread_nanoseconds();
    for (size_t i = 0; i < streams; ++i) {
      if (!pairs[i].send->protect(packets[i].data(), sizes[i])) std::exit(1);
    }
    const double middle = thread_nanoseconds();
    for (size_t i = 0; i < streams; ++i) {
      if (!pairs[i].receive->unprotect(packets[i].data(), sizes[i])) std::exit(1);
    }
    cost.protect += middle - begin;
    cost.unprotect += thread_nanoseconds() - middle;
  }
  cost.protect /= static_cast<double>(rounds * streams);
  cost.unprotect /= static_cast<double>(rounds * streams);
  return cost;
}

void print(const std::string& name, double nanoseconds) { std::printf("%s %.0f\n", name.c_str(), nanoseconds); }

void print(SrtpSuite suite, size_t streams) {
  const Cost cost = measure(suite, streams);
  const std::string name = std::string(facts_of(suite).name) + "/" + std::to_string(streams);
  print(name + "/protect", cost.protect);
  print(name + "/unprotect", cost.unprotect);
}

/// A second of a hum, from `from` to `to`.
void print_transcoding(const char* name, Format from, Format to) {
  constexpr int kRounds = 20;
  const uint8_t khz = sound_khz(from);
  const auto encoder = make_encoder(from, khz);
  std::vector<std::vector<uint8_t>> packets;
  std::vector<int16_t> samples(khz * 20U);
  for (int n = 0; n < 50; ++n) {
    for (size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<int16_t>((i * 97 + static_cast<size_t>(n) * 31) % 4000 - 2000);
    packets.emplace_back(1500);
    packets.back().resize(encoder->encode(samples, packets.back()));
  }
  const uint8_t common = std::min(khz, sound_khz(to));
  const auto decoder = make_decoder(from, common);
  const auto out = make_encoder(to, common);
  Resampler resampler(decoder->khz(), out->khz());
  std::vector<int16_t> decoded(kMostSamples), resampled(2 * kMostSamples + 1);
  std::vector<uint8_t> made(1500);
  const double begin = thread_nanoseconds();
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& packet : packets) {
      const size_t got = decoder->decode(packet, decoded);
      const size_t count = resampler.run(std::span(decoded).first(got), resampled);
      out->encode(std::span(resampled).first(count), made);
    }
  }
  const double middle = thread_nanoseconds();
  Transcoder transcoder(from, to, 20, {});
  uint32_t timestamp = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& packet : packets) {
      transcoder.put(packet, 1, timestamp, false);
      timestamp += 20U * clock_khz(from);
      while (transcoder.take(made)) {
      }
    }
  }
  const double end = thread_nanoseconds();
  print(std::string(name) + "/codec", (middle - begin) / (kRounds * 50));
  print(std::string(name) + "/transcoder", (end - middle) / (kRounds * 50));
}

}  // namespace

int main() {
  if (const auto started = start_srtp(); !started) {
    std::cerr << started.error().message << "\n";
    return 1;
  }
  for (const SrtpSuite suite : {SrtpSuite::aes_cm_128_hmac_sha1_80, SrtpSuite::aead_aes_128_gcm}) {
    for (const size_t streams : {1U, 2000U}) print(suite, streams);
  }
  print_transcoding("g722-pcmu", Format::g722, Format::pcmu);
  print_transcoding("opus-pcmu", Format::opus, Format::pcmu);
  print_transcoding("pcmu-opus", Format::pcmu, Format::opus);
  // The same by two threads at once: what one of them needs then.
  Cost first, second;
  std::thread other([&] { second = measure(SrtpSuite::aes_cm_128_hmac_sha1_80, 400); });
  first = measure(SrtpSuite::aes_cm_128_hmac_sha1_80, 400);
  other.join();
  print("two-threads/400/protect", (first.protect + second.protect) / 2);
  print("two-threads/400/unprotect", (first.unprotect + second.unprotect) / 2);
}
