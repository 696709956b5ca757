// A call that moves between a desk and a mobile, again and again, under other calls: what its far end sees of that. The sample office runs
// in a process of its own; this program plays all phones and the gateway.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "support/sip_peer.h"
#include "support/tandem_process.h"
#include "support/tone.h"

namespace tandem::load {
namespace {

using namespace tandem::test;

constexpr const char* kJohn = "SEP001122330001";
constexpr const char* kJane = "SEP001122330002";
constexpr const char* kSecret = "office-demo";
constexpr uint32_t kFrame = 160;

/// All ends send and are read at the pace of speech, on a thread of its own.
class Voices {
 public:
  Voices() : thread_([this] { run(); }) {}
  ~Voices() {
    stopping_ = true;
    thread_.join();
  }
  Voices(const Voices&) = delete;
  Voices& operator=(const Voices&) = delete;
  std::mutex& lock() { return mutex_; }
  RtpEnd& add() {
    std::lock_guard lock(mutex_);
    return *ends_.emplace_back(std::make_unique<RtpEnd>());
  }
  /// The one whose packets are kept; the others are read and forgotten.
  void keep(RtpEnd& end) {
    std::lock_guard lock(mutex_);
    kept_ = &end;
  }

 private:
  void run() {
    for (auto next = std::chrono::steady_clock::now(); !stopping_; next += std::chrono::milliseconds(20)) {
      {
        std::lock_guard lock(mutex_);
        for (auto& end : ends_) {
          if (end->tone > 0) end->send_frame();
          end->receive();
          if (end.get() != kept_) end->forget();
        }
      }
      std::this_thread::sleep_until(next);
    }
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<RtpEnd>> ends_;
  RtpEnd* kept_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// What the far end sees at the seams. Judged by its packets' numbers and timestamps: the server stamps them with the time that has passed.
struct Verdict {
  size_t packets = 0, seams = 0, other_streams = 0, sequence_breaks = 0, steps_back = 0, keys = 0;
  std::vector<double> gaps;  ///< in packets, at each seam
};

Verdict judge(const std::vector<RtpPacket>& packets) {
  Verdict verdict;
  verdict.packets = packets.size();
  for (size_t i = 1; i < packets.size(); ++i) {
    const RtpPacket &before = packets[i - 1], &now = packets[i];
    const auto step = static_cast<int32_t>(now.timestamp - before.timestamp);
    if (now.ssrc != packets[0].ssrc) ++verdict.other_streams;
    if (now.sequence != static_cast<uint16_t>(before.sequence + 1)) ++verdict.sequence_breaks;
    if (step <= 0) ++verdict.steps_back;
    if (now.payload_type != 0) ++verdict.keys;
    if (!now.marker) continue;
    ++verdict.seams;
    verdict.gaps.push_back(std::max(0.0, static_cast<double>(step) / kFrame - 1));
  }
  std::sort(verdict.gaps.begin(), verdict.gaps.end());
  return verdict;
}

class Phone : public SipPeer {
 public:
  Phone(const TandemProcess& tandem, const std::string& device) : SipPeer(tandem.listener("sip-udp"), device, kSecret) {}
};

class Moves {
 public:
  explicit Moves(size_t others) {
    gateway_ = std::make_unique<SipPeer>(*SocketAddress::from("127.0.0.1", 9), "gateway");
    tandem_ = std::make_unique<TandemProcess>(std::vector<std::string>{
        "sip/pstn/address=" + gateway_->local().to_string(), "rtp/rtp/port_start=20000", "rtp/rtp/port_end=29999",
        "mobileconnect/destination john.doe/mobile/too_soon=0s", "mobileconnect/destination john.doe/home/may_move=no"});
    gateway_->aim(tandem_->sip());
    john_ = std::make_unique<Phone>(*tandem_, kJohn);
    jane_ = std::make_unique<Phone>(*tandem_, kJane);
    if (john_->enroll().status() != 200 || jane_->enroll().status() != 200) throw std::runtime_error("the phones do not register");
    for (size_t i = 0; i < others; ++i) echo_call();
    begin();
  }
  size_t others() const { return echoes_.size(); }

  /// To the mobile, by the desk's keys.
  void out() {
    press(desk_audio_);
    const SipMessage invite = gateway_->expect_request("INVITE");
    mobile_ = gateway_->accept(invite);
    gateway_->respond(mobile_, invite, 180, "Ringing");
    hear(mobile_audio_, invite, 600);
    gateway_->respond(mobile_, invite, 200, "OK", make_sdp(mobile_audio_.port(), {0}, 101));
    gateway_->expect_request("ACK");
    john_->respond(desk_, john_->expect_request("BYE"), 200, "OK");
    hush(desk_audio_);
  }
  /// And back, by the mobile's.
  void back() {
    press(mobile_audio_);
    const SipMessage invite = john_->expect_request("INVITE");
    desk_ = john_->accept(invite);
    john_->respond(desk_, invite, 180, "Ringing");
    hear(desk_audio_, invite, 440);
    john_->respond(desk_, invite, 200, "OK", make_sdp(desk_audio_.port(), {0}, 101));
    john_->expect_request("ACK");
    gateway_->respond(mobile_, gateway_->expect_request("BYE"), 200, "OK");
    hush(mobile_audio_);
  }
  Verdict end() {
    jane_->send(jane_->in_dialog(talk_, "BYE"));
    john_->respond(desk_, john_->expect_request("BYE"), 200, "OK");
    jane_->expect(200, "BYE");
    std::vector<RtpPacket> packets;
    {
      std::lock_guard lock(voices_.lock());
      packets = jane_audio_.packets();
    }
    for (auto& dialog : echoes_) jane_->bye(dialog);
    left_ = tandem_->ask("core show channels count").at("channels").get<int>();
    return judge(packets);
  }
  int left() const { return left_; }

 private:
  void echo_call() {
    RtpEnd& end = voices_.add();
    Dialog dialog = jane_->call("600", make_sdp(end.port(), {0}, 101));
    hear(end, jane_->answered(dialog), 300);
    echoes_.push_back(std::move(dialog));
  }
  void begin() {
    talk_ = jane_->call("11001", make_sdp(jane_audio_.port(), {0}, 101));
    const SipMessage invite = john_->expect_request("INVITE");
    desk_ = john_->accept(invite);
    hear(desk_audio_, invite, 440);
    john_->respond(desk_, invite, 200, "OK", make_sdp(desk_audio_.port(), {0}, 101));
    voices_.keep(jane_audio_);
    hear(jane_audio_, jane_->answered(talk_), 880);
    john_->expect_request("ACK");
    std::this_thread::sleep_for(Milliseconds(200));
  }
  void hear(RtpEnd& end, const SipMessage& message, double tone) {
    std::lock_guard lock(voices_.lock());
    end.remote = Sdp::parse(message.body).rtp;
    end.tone = tone;
  }
  void hush(RtpEnd& end) {
    std::lock_guard lock(voices_.lock());
    end.tone = 0;
  }
  void press(RtpEnd& end) {
    for (const uint8_t key : {10, 7, 4}) {
      std::lock_guard lock(voices_.lock());
      end.send_event(101, key, kFrame, false);
      end.send_event(101, key, 5 * kFrame, true);
      end.skip(kFrame);
    }
  }

  Voices voices_;
  RtpEnd &jane_audio_ = voices_.add(), &desk_audio_ = voices_.add(), &mobile_audio_ = voices_.add();
  std::unique_ptr<SipPeer> gateway_;
  std::unique_ptr<TandemProcess> tandem_;
  std::unique_ptr<Phone> john_, jane_;
  std::vector<Dialog> echoes_;
  Dialog talk_, desk_, mobile_;
  int left_ = 0;
};

int run(size_t moves, size_t others) {
  Moves office(others);
  // Each leg is heard before the next one takes its place, or there would be no seam to look at.
  for (size_t i = 0; i < moves / 2; ++i) {
    office.out();
    std::this_thread::sleep_for(Milliseconds(60));
    office.back();
    std::this_thread::sleep_for(Milliseconds(60));
  }
  const Verdict v = office.end();
  const auto at = [&](double share) {
    return v.gaps.empty() ? 0.0 : v.gaps[static_cast<size_t>(share * static_cast<double>(v.gaps.size() - 1))];
  };
  std::cout << fmt::format(
      "moves {} others {} packets {} seams {} gap_p50 {:.2f} gap_p99 {:.2f} gap_worst {:.2f} other_streams {} sequence_breaks {} "
      "steps_back {} "
      "keys_heard {} channels_left {}\n",
      moves, office.others(), v.packets, v.seams, at(0.5), at(0.99), at(1), v.other_streams, v.sequence_breaks, v.steps_back, v.keys,
      office.left());
  const bool met =
      v.seams >= moves && at(0.99) <= 2 && at(1) <= 5 && v.other_streams + v.sequence_breaks + v.keys == 0 && office.left() == 0;
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tandem::load

int main(int argc, char** argv) {
  const size_t moves = argc > 1 ? std::stoul(argv[1]) : 1000;
  const size_t others = argc > 2 ? std::stoul(argv[2]) : 200;
  try {
    return tandem::load::run(moves, others);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
