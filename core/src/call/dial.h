// Dial: call:dial{...}. Rings targets, each after its delay, at every address they have; the first answer wins. Switch thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "call/call_impl.h"
#include "call/target.h"
#include "tandem/verb.h"

namespace tandem {

class Dial final : public Operation, private LegWatcher {
 public:
  /// Parses, starts, and either reports through `done` at once (null is returned) or later.
  static std::unique_ptr<Operation> start(CallImpl& call, const Value& args, VerbDone done);
  ~Dial() override;

 private:
  /// One thing to ring: a driver's endpoint, after a delay.
  struct Entry {
    DialTarget target;
    std::string driver;                ///< looked up when it is rung: its module may go before
    std::vector<std::string> trail{};  ///< numbers and devices that led here by redirection: nothing is followed in a circle
    bool started = false;
    std::unique_ptr<Timer> timer{};
  };
  /// A leg that may still answer, and what it was rung for.
  struct Ringing {
    Leg* leg;
    const Entry* entry;
    bool redirected = false;  ///< others ring in its place: its end is no failure
  };

  Dial(CallImpl& call, DialRequest request, VerbDone done);
  void plan(const DialTarget& target, const std::vector<std::string>& trail);
  void plan_user(const DialTarget& target, const std::vector<std::string>& trail);
  void start_from(size_t first);
  bool follow(const Entry& from, const Device& device, const Redirection& to, const std::string& number);
  std::vector<Ringing>::iterator find(const Leg& leg);
  void ring(Entry& entry);
  void failed(const Ending& why);
  bool hopeless() const;
  std::string_view outcome() const;
  void cancel_all(const Ending& ending, const Leg* except);
  void finish(std::string_view outcome);

  void leg_ringing(Leg& leg) override;
  void leg_redirected(Leg& leg, const Redirection& to) override;
  void leg_progress(Leg& leg) override;
  void leg_answered(Leg& leg) override;
  void leg_ended(Leg& leg, const Ending& ending) override;
  void leg_left(Leg& leg) override;
  void leg_replaced(Leg& leg, Leg& now) override;

  CallImpl& call_;
  const DialRequest request_;
  VerbDone done_;
  std::deque<Entry> entries_;  ///< grows while it is rung: their places stay
  std::vector<Ringing> ringing_;
  size_t redirections_ = 0;
  Leg* winner_ = nullptr;
  std::optional<Ending> worst_;  ///< the most telling failure so far
  Timer timeout_;
};

}  // namespace tandem
