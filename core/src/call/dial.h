// Dial: call:dial{...}. Rings targets, each after its delay, at every address they have, and with a person's line their remote
// destinations; the first answer of a person wins. Switch thread.
//
// dial.cpp: targets, the race, the outcome. remote_ringing.cpp: lines and their remote destinations. dial_forward.cpp: calls that go
// elsewhere.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "call/answer_window.h"
#include "call/call_impl.h"
#include "call/person_check.h"
#include "call/target.h"
#include "tandem/line_settings.h"
#include "tandem/verb.h"

namespace tandem {

class Dial final : public Operation, private LegWatcher {
 public:
  /// Parses, starts, and either reports through `done` at once (null is returned) or later.
  static std::unique_ptr<Operation> start(CallImpl& call, const Value& args, VerbDone done);
  ~Dial() override;

 private:
  /// A remote destination that waits for its turn.
  struct Waiting {
    RemoteLeg leg;
    std::unique_ptr<Timer> timer;
    bool due = false;  ///< it has been rung, or never will be
  };
  using Trail = std::vector<std::string>;
  /// The line of a person who has remote destinations, or calls sent on.
  struct Line {
    Line(std::string who, DialTarget as, Trail by, Instant from, Loop& loop)
        : user(std::move(who)), target(std::move(as)), trail(std::move(by)), asked(from), grace(loop) {}
    const std::string user;
    const DialTarget target;
    const Trail trail;
    std::shared_ptr<const LineSettings> settings = {};  ///< null: calls are not sent on
    const Instant asked;                                ///< its phones are made to ring
    Timer grace;                                        ///< for phones that do not say that they ring
    bool started = false;
    bool ringing = false;          ///< the delays run
    bool sent_on = false;          ///< one of its phones wants the call elsewhere
    std::optional<Ending> answer;  ///< the most telling one of its phones
    std::vector<Waiting> waiting;
  };
  /// What is known of a leg to a remote destination while it is rung.
  struct Remote {
    RemoteLeg plan;
    AnswerWindow window;
    Timer too_late;
    std::unique_ptr<PersonCheck> check = {};
  };
  /// One thing to ring: a driver's endpoint, after a delay.
  struct Entry {
    DialTarget target;
    std::string driver;                ///< looked up when it is rung: its module may go before
    std::vector<std::string> trail{};  ///< numbers and devices that led here by redirection: nothing is followed in a circle
    Line* line = nullptr;              ///< which rings here; null: of nobody with remote destinations
    std::unique_ptr<Remote> remote{};  ///< of `line`; null: one of its phones
    bool started = false;
    std::unique_ptr<Timer> timer{};
  };
  /// A leg that may still answer, and what it was rung for.
  struct Ringing {
    Leg* leg;
    Entry* entry;
    bool redirected = false;  ///< others ring in its place: its end is no failure
  };

  Dial(CallImpl& call, DialRequest request, VerbDone done);
  void plan(const DialTarget& target, const std::vector<std::string>& trail);
  bool add_phone(const DialTarget& target, const std::vector<std::string>& trail, const std::string& device, Line* line);
  void plan_user(const DialTarget& target, const std::vector<std::string>& trail);
  void start_from(size_t first);
  bool in_group() const;
  std::vector<Ringing>::iterator find(const Leg& leg);
  void ring(Entry& entry);
  void failed(const Ending& why);
  void entry_failed(const Entry& entry, const Ending& why);
  void timed_out();
  void stop_waiting();
  bool hopeless() const;
  void settle();
  std::optional<Ending> worst() const;
  std::string_view outcome() const;
  void cancel_all(const Ending& ending, const Leg* except);
  void finish(std::string_view outcome);
  void win(Leg& leg);

  // dial_forward.cpp
  bool follow(const Entry& from, const Device& device, const Redirection& to, const std::string& number);
  std::shared_ptr<const LineSettings> settings_of(const DialTarget& target) const;
  bool goes_elsewhere(const DialTarget& target, const Trail& trail, const LineSettings& settings);
  bool send_on(const DialTarget& from, const Trail& trail, const std::string& number, std::string_view reason);
  bool send_line_on(Line& line, const std::string& number, std::string_view reason);
  bool unanswered_goes_on();
  std::string why_not(const Trail& trail, const std::string& number);
  bool plan_route(const Result<NumberRoute>& route, const DialTarget& from, Trail trail, const std::string& number, Diversion by);

  // remote_ringing.cpp
  Line* plan_line(const DialTarget& target, const Trail& trail, std::shared_ptr<const LineSettings> settings);
  void start_line(Line& line);
  void rings(Entry& entry);
  void line_rings(Line& line, Instant since);
  bool has_phones(const Line& line) const;
  void phones_are_gone(Line& line);
  void give_up(Line& line, std::string_view why);
  void ring_remote(Line& line, const RemoteLeg& leg);
  Result<void> add_remote(Line& line, const RemoteLeg& leg);
  std::optional<Party> shown_to(const RemoteLeg& leg, const NumberRoute& route);
  void remote_called(Entry& entry, Leg& leg);
  /// True: it is no answer, or not yet.
  bool judge(std::vector<Ringing>::iterator it);
  void check_person(Entry& entry, Leg& leg);
  void checked(Leg& leg, PersonCheck::Verdict verdict);
  void drop_remote(std::vector<Ringing>::iterator it, const Ending& ending, const std::string& sentence);
  bool declined_everywhere(const Ending& ending);
  bool checking() const;
  static void forget_remote(Remote& remote);

  void leg_ringing(Leg& leg) override;
  void leg_redirected(Leg& leg, const Redirection& to) override;
  void leg_progress(Leg& leg) override;
  void leg_answered(Leg& leg) override;
  void leg_ended(Leg& leg, const Ending& ending) override;
  void leg_left(Leg& leg) override;
  void leg_replaced(Leg& leg, Leg& now) override;
  void leg_digit(Leg& leg, char digit) override;

  CallImpl& call_;
  const DialRequest request_;
  VerbDone done_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::deque<Entry> entries_;  ///< grows while it is rung: their places stay
  std::vector<Ringing> ringing_;
  size_t redirections_ = 0;
  Leg* winner_ = nullptr;
  std::optional<Ending> worst_;         ///< the most telling failure so far
  std::optional<Ending> worst_remote_;  ///< of remote destinations: it counts where the phones have said nothing
  bool begun_ = false;                  ///< the script waits
  Timer timeout_;
};

}  // namespace tandem
