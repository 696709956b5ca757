// CallTest: a Switch between a FakeDriver, FakeMedia and a dialplan of lambdas. Test's thread; time moves when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "call/dialplan.h"
#include "call/switch.h"
#include "media/codecs.h"
#include "support/fake_driver.h"
#include "support/fake_loop.h"
#include "support/fake_media.h"
#include "support/office_directory.h"

namespace tandem::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The sample office, and people who are at further devices than their own.
class Office final : public Directory {
 public:
  std::shared_ptr<const User> user(std::string_view id) override { return office_.user(id); }
  std::shared_ptr<const Device> device(std::string_view name) override { return office_.device(name); }
  std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) override { return office_.devices(after, most); }
  std::shared_ptr<const Profile> profile(std::string_view id) override { return office_.profile(id); }
  std::shared_ptr<const Site> site(std::string_view id) override { return office_.site(id); }
  std::optional<Number> number(std::string_view digits) override { return office_.number(digits); }
  Occupant occupant(const Device& device) override { return office_.occupant(device); }
  std::vector<std::string> devices_of(std::string_view user) override {
    auto devices = office_.devices_of(user);
    for (const auto& [device, who] : office_.at_) {
      if (who == user) devices.push_back(device);
    }
    return devices;
  }
  bool sample_secret_in_force() override { return false; }
  Counts counts() override { return {}; }
  void log_in(const std::string& user, const std::string& device) { office_.at_[device] = user; }

 private:
  OfficeDirectory office_;
};

/// Keeps what was published.
class Books final : public Events {
 public:
  std::vector<CallRecord> started_, ended_;
  bool slow_ = false;  ///< records are not durable until the test clears `writing_`
  std::vector<std::shared_ptr<void>> writing_;

 protected:
  Registration subscribe_raw(std::string_view, UniqueFunction<void(const void*)>) override { return {}; }
  void publish_raw(std::string_view event, const void* data) override {
    if (event == CallStarted::kEvent) started_.push_back(static_cast<const CallStarted*>(data)->record);
    if (event != CallEnded::kEvent) return;
    const auto* ended = static_cast<const CallEnded*>(data);
    ended_.push_back(ended->record);
    if (slow_) writing_.push_back(ended->settled);
  }
};

/// A dialplan whose only extension is a lambda. It keeps the promises of dialplan.h and call_script.h: results come deferred.
class FakeDialplan final : public Dialplan {
 public:
  using Then = std::function<void(const Result<Value>&)>;

  FakeDialplan(Loop& loop, VerbTable& verbs) : loop_(loop), verbs_(verbs) {}

  class Run final : public Script {
   public:
    Run(FakeDialplan& plan, Call& call, UniqueFunction<void(ScriptEnd)> ended) : plan_(plan), call_(call), ended_(std::move(ended)) {
      plan_.running_.insert(this);
    }
    ~Run() override { plan_.running_.erase(this); }

    Call& call() { return call_; }
    /// Starts a verb; `then` hears its result once the stack is empty, unless the script is aborted before.
    void verb(const std::string& name, const Value& args, Then then) {
      operation_ = plan_.verbs_.find(name)->verb.start(call_, args, [weak = std::weak_ptr(self_), t = std::move(then)](Result<Value> r) {
        const auto self = weak.lock();
        if (!self) return;
        (*self)->plan_.heard_.push_back(r ? r->dump() : r.error().message);
        (*self)->plan_.loop_.defer([weak, t, r = std::move(r)] {
          const auto again = weak.lock();
          if (!again) return;
          (*again)->operation_.reset();
          t(r);
        });
      });
    }
    void finish(ScriptEnd end = {}) {
      plan_.loop_.defer([weak = std::weak_ptr(self_), end = std::move(end)]() mutable {
        const auto self = weak.lock();
        if (self && (*self)->ended_) std::exchange((*self)->ended_, nullptr)(std::move(end));
      });
    }
    void abort(const Ending& ending) override {
      plan_.aborted_.push_back(std::string(to_string(ending.cause)));
      ended_ = nullptr;
      operation_.reset();
      self_.reset();
    }

   private:
    FakeDialplan& plan_;
    Call& call_;
    UniqueFunction<void(ScriptEnd)> ended_;
    std::unique_ptr<Operation> operation_;
    std::shared_ptr<Run*> self_ = std::make_shared<Run*>(this);
  };

  Result<std::unique_ptr<Script>> start(Call& call, UniqueFunction<void(ScriptEnd)> ended) override {
    if (broken_) return *broken_;
    auto run = std::make_unique<Run>(*this, call, std::move(ended));
    body_(*run);
    return std::unique_ptr<Script>(std::move(run));
  }

  Result<NumberRoute> route(std::string_view device, std::string_view number) override {
    asked_.push_back(std::string(device) + " " + std::string(number));
    const auto it = routes_.find(number);
    if (it == routes_.end()) return Error{ErrorCode::forbidden, "not permitted"};
    return it->second;
  }

  Result<NumberRoute> route_as(std::string_view user, std::string_view number) override { return route(user, number); }

  std::map<std::string, NumberRoute, std::less<>> routes_;  ///< by number
  std::vector<std::string> asked_;                          ///< "DEVICE NUMBER" of each
  std::function<void(Run&)> body_ = [](Run& run) { run.finish(ScriptEnd{}); };
  std::optional<Error> broken_;
  std::vector<std::string> heard_;    ///< results of verbs: JSON, or the sentence of an error
  std::vector<std::string> aborted_;  ///< causes with which scripts were aborted
  std::set<Run*> running_;

 private:
  Loop& loop_;
  VerbTable& verbs_;
};

using FakeScript = FakeDialplan::Run;

class CallTest : public ::testing::Test {
 protected:
  static constexpr auto kJohn = "SEP001122330001";
  static constexpr auto kJane = "SEP001122330002";
  static constexpr auto kDesk = "SEP0011223300A1";

  CallTest() {
    sip.place(kJane, {"sip:jane@192.0.2.2"});
    calls.set_dialplan(&dialplan);
  }
  // Whatever the test did: when all legs have gone nothing may be left.
  void TearDown() override {
    sip.slow_ = false;
    calls.hangup_all({});
    for (const ChannelId channel : open_) calls.ended(channel, {});
    for (const auto& leg : sip.out_) calls.ended(leg.channel, {});
    loop.settle();
    EXPECT_EQ(calls.calls(), 0u);
    EXPECT_EQ(calls.legs_of("sip"), 0u);
    EXPECT_TRUE(media.ports_.empty()) << media.ports_.size() << " ports are left";
    EXPECT_TRUE(dialplan.running_.empty());
    EXPECT_EQ(loop.timers(), 0u);
    EXPECT_EQ(books.ended_.size(), books.started_.size()) << "each call that began has exactly one end";
  }

  static MediaDescription sdp(const std::string& host, std::vector<Codec> codecs = default_codecs(),
                              MediaDirection direction = MediaDirection::sendrecv) {
    MediaDescription media;
    media.rtp = *SocketAddress::from(host, 4000);
    media.rtcp = *SocketAddress::from(host, 4001);
    media.codecs = std::move(codecs);
    media.direction = direction;
    return media;
  }
  static Codec pcmu() { return default_codecs()[0]; }
  static Codec pcma() { return default_codecs()[1]; }

  IncomingLeg leg_from(const std::string& device, const std::string& dialled) {
    IncomingLeg leg;
    leg.channel = calls.next_channel();
    leg.endpoint = device;
    leg.context = "phones";
    leg.is_device = true;
    leg.dialled = dialled;
    leg.offer = sdp("192.0.2.1");
    leg.protocol_id = "call-id";
    open_.push_back(leg.channel);
    return leg;
  }
  /// John calls; the script has run up to its first waiting verb.
  ChannelId john_calls(const std::string& dialled = "11002") {
    auto leg = leg_from(kJohn, dialled);
    const ChannelId channel = leg.channel;
    const auto taken = calls.incoming(sip, std::move(leg));
    EXPECT_TRUE(taken) << taken.error().message;
    loop.settle();
    return channel;
  }
  /// The script: dial these, then end as `then` says (default: just return).
  void script_dials(Value args, std::function<void(FakeDialplan::Run&, const std::string&)> then = nullptr) {
    dialplan.body_ = [args = std::move(args), then](FakeDialplan::Run& run) {
      run.verb("dial", Value::array({args}), [&run, then](const Result<Value>& outcome) {
        if (then) return then(run, outcome ? outcome->get<std::string>() : "error");
        run.finish();
      });
    };
  }
  ChannelId out(size_t index = 0) const { return index < sip.out_.size() ? sip.out_[index].channel : 0; }
  ChannelState state_of(ChannelId channel) const {
    for (const auto* call : calls.all()) {
      for (const auto& leg : call->legs()) {
        if (leg->id() == channel) return leg->state();
      }
    }
    return ChannelState::ended;
  }
  FakePort* port_of(ChannelId channel) const {
    for (const auto* call : calls.all()) {
      for (const auto& leg : call->legs()) {
        if (leg->id() == channel) return static_cast<FakePort*>(leg->media());
      }
    }
    return nullptr;
  }
  /// John and Jane talk.
  ChannelId answered_call() {
    script_dials("user/jane.white");
    const ChannelId john = john_calls();
    calls.ringing(out());
    calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
    loop.settle();
    EXPECT_EQ(state_of(john), ChannelState::up);
    return john;
  }
  const CallRecord& record() {
    static const CallRecord none;
    EXPECT_EQ(books.ended_.size(), 1u);
    return books.ended_.empty() ? none : books.ended_.back();
  }
  bool decided(std::string_view part) {
    const auto& all = record().decisions;
    return std::any_of(all.begin(), all.end(), [&](const auto& d) { return d.find(part) != std::string::npos; });
  }

  FakeLoop loop;
  Books books;
  Office directory;
  FakeMedia media;
  VerbTable verbs;
  FakeDialplan dialplan{loop, verbs};
  Switch calls{loop, books, directory, media, verbs};
  FakeDriver sip{"sip", calls, loop};
  Registration driver = std::move(*calls.add_driver(sip));
  std::vector<ChannelId> open_;
};

}  // namespace tandem::test
