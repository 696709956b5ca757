// CallImpl: the core's Call. Owns its legs and its script; everything about one conversation meets here. Switch thread.
//
// Split by concern: call_impl.cpp (life and end), call_media.cpp (answer, bridge), call_change.cpp (changes of media),
// call_video.cpp (video), places.cpp, pickup.cpp, move_targets.cpp, call_features.cpp (moves between phones of a person), call_direct.cpp
// (media past us), call_sound.cpp (tones, music, keys, recording), dial.cpp (call:dial), transfer.cpp (legs that move to another call),
// call_record.cpp (the books).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "call/dialplan.h"
#include "call/direct_media.h"
#include "call/ear.h"
#include "call/handover.h"
#include "call/leg.h"
#include "call/speaks_for.h"
#include "call/target.h"
#include "tandem/events.h"
#include "tandem/loop.h"
#include "tandem/records.h"
#include "tandem/remote_destinations.h"

namespace tandem {

class Switch;
struct Anchor;
class Move;
struct MoveRequest;
enum class Feature : uint8_t;

/// What a call needs of the world. All references outlive it.
struct CallServices {
  Switch& registry;
  Loop& loop;
  Events& events;
  Directory& directory;
  MediaEngine& media;
};

/// Whoever started outgoing legs (a Dial) and wants to know what becomes of them. Called after the leg's state has changed.
class LegWatcher {
 public:
  virtual ~LegWatcher() = default;
  virtual void leg_ringing(Leg& leg) = 0;
  /// Its end follows.
  virtual void leg_redirected(Leg& leg, const Redirection& to) = 0;
  virtual void leg_progress(Leg& leg) = 0;
  virtual void leg_answered(Leg& leg) = 0;
  virtual void leg_ended(Leg& leg, const Ending& ending) = 0;
  /// It has moved to another call.
  virtual void leg_left(Leg& leg) = 0;
  /// `now` is in its place.
  virtual void leg_replaced(Leg& leg, Leg& now) = 0;
  // Of legs that are neither the caller nor connected to it yet.
  virtual void leg_digit(Leg& /*leg*/, char /*digit*/) {}
  virtual void leg_played(Leg& /*leg*/, uint32_t /*id*/) {}
};

class CallImpl final : public Call, public SpeaksFor, public std::enable_shared_from_this<CallImpl>, private LegObserver {
 public:
  CallImpl(CallServices services, uint64_t number, Driver& driver, IncomingLeg incoming);
  /// Goes on with legs of another call.
  CallImpl(CallServices services, uint64_t number, Handover from);
  /// Calls somebody first (callback.cpp).
  struct Origin;
  CallImpl(CallServices services, uint64_t number, Origin from);
  ~CallImpl() override;

  const std::string& id() const override { return record_.call; }
  const std::string& context() const override { return record_.context; }
  const std::string& dialled() const override { return record_.dialled; }
  Channel& caller() override { return *legs_.front(); }
  std::vector<Channel*> channels() override;
  Party& caller_identity() override { return record_.caller; }
  const std::shared_ptr<const Device>& device() const override { return device_; }
  const Occupant& occupant() const override { return occupant_; }
  std::map<std::string, std::string, std::less<>>& variables() override { return variables_; }
  std::optional<std::string> header(std::string_view name) override;
  std::span<const Diversion> diversions() const override { return diversions_; }
  Result<void> answer() override;
  Result<void> echo() override;
  void hangup(const Ending& ending) override;
  void routed(std::string route) override;
  void explain(std::string sentence) override;
  void recognised(std::string user, std::string destination) override;
  std::string_view from_destination() const override { return legs_.front()->facts().destination; }
  void act_for(std::shared_ptr<const User> user) override;

  /// Opens the caller's media and runs the dialplan (deferred). On Error the call has left no trace.
  Result<void> begin(Dialplan* dialplan);

  void begin_handed_over(Dialplan* dialplan);
  /// On Error the call has left no trace.
  Result<void> begin_call_back(const Origin& origin, const RemoteLeg& how, Dialplan* dialplan);

  uint64_t number() const { return number_; }
  Leg& caller_leg() { return *legs_.front(); }
  const std::vector<std::unique_ptr<Leg>>& legs() const { return legs_; }
  const CallServices& services() const { return services_; }
  bool ending() const { return ending_; }
  /// The caller is a phone or a person of this office, also where another one has sent the call on.
  bool is_from_inside();
  WallTime started() const { return record_.start; }
  std::optional<WallTime> answered_at() const { return record_.answer; }

  // What the drivers report, by way of the Switch.
  void on_ringing(Leg& leg);
  void on_redirected(Leg& leg, const Redirection& to);
  void on_progress(Leg& leg, const MediaDescription& answer);
  void on_answered(Leg& leg, const MediaDescription& answer);
  void on_offered(Leg& leg, const MediaDescription& offer);
  void on_offer_wanted(Leg& leg);
  void on_offer_answered(Leg& leg, const Result<MediaDescription>& answer);
  void on_ended(Leg& leg, const Ending& ending);
  /// The party of `by` wants its other side elsewhere (ChannelEvents::transfer).
  Result<void> transfer(Leg& by, const TransferRequest& request);
  /// A key was pressed, whichever way it came (telephone-event or signalling).
  void on_digit(Leg& leg, char digit, bool signalled, bool kept = false);

  // For the media verbs (call_sound.cpp).
  /// Opens early media towards a caller who is not up yet.
  Result<void> progress();
  /// The caller hears what is played from now on: by early media if that was opened, else the call is answered.
  Result<void> ready_for_sound();
  /// Who waits for keys and the end of sounds; null: nobody.
  void attend(Ear* ear) {
    ear_ = ear;
    if (ear != nullptr) take_back_media("keys are waited for");
  }
  /// Keys that were pressed while nobody waited for them.
  std::string& typed() { return typed_; }
  void type_ahead(char digit);
  Result<void> send_digits(const std::string& digits);
  /// What the caller says and hears, until the call ends.
  Result<void> record(const std::string& name);
  /// The two sides send to us again: something needs what they say. Comes to pass later.
  void take_back_media(std::string_view why);
  /// The ringback tone of show_ringing() ends.
  void stop_ringback(bool when_relayed);

  // For Dial.
  void watch(LegWatcher* watcher) { watcher_ = watcher; }
  /// Makes one outgoing leg. The leg stays in legs() after it has ended, for the record. `instead`: the leg whose place it is to take;
  /// null: it is called by the caller.
  Result<Leg*> originate(Driver& driver, const DialTarget& target, const std::string& address, const DialRequest& request,
                         Leg* instead = nullptr);
  void drop(Leg& leg, const Ending& ending);
  /// Whether what `leg` has answered is something that we can talk in with it.
  Result<void> check_answer(const Leg& leg) const;
  /// Passes the called side's ringing or early media on to a caller who is not up yet.
  void show_ringing();
  /// Whom the caller is shown as the other side, with what is told next.
  void show_party(const Leg& leg);
  void show_progress(Leg& from);
  /// Answers the caller with what `leg` has answered and joins the two. unsupported: nothing in common.
  Result<void> connect(Leg& leg);
  void set_failure(Ending ending) { failure_ = std::move(ending); }

  // Moves between the phones of a person (places.cpp, pickup.cpp, move_targets.cpp, call_features.cpp).
  /// A leg of a person who may go on elsewhere, or the one that is missing. Null: nothing of theirs here can move.
  Leg* movable(std::string_view user);
  /// Rings the person's remote destinations (all that may be moved to, or the one with this id or label) while `out` goes on. Returns whom.
  Result<std::string> send_to_mobile(Leg& out, std::string_view destination);
  /// Rings the phones where the person is (or the one named), which are asked to answer by themselves if `at_once`.
  Result<std::string> send_to_desk(Leg& out, std::string_view device, bool at_once, std::string how);
  /// The caller of `from`, at a phone of the person, takes the place of `out`; `from` ends.
  Result<void> take_up(Leg& out, CallImpl& from);
  /// A new leg that wants to take the place of `wanted` (IncomingLeg::replaces). forbidden: it is somebody else's.
  Result<void> admit(Driver& driver, IncomingLeg incoming, Leg& wanted);
  /// What is going on with `leg`, for the console; empty: nothing.
  struct MoveState {
    std::string where;  ///< "at the mobile", "waits for pickup", ...
    std::string rings;  ///< who rings to take it over
    std::chrono::milliseconds left{0};
  };
  MoveState move_state(const Leg& leg) const;
  bool is_gone(const Leg& leg) const;
  /// Whom the party of `leg` talks to.
  std::string other_number(const Leg& leg);

  // For Move.
  /// `in` has answered and takes the place of `out`. busy: in a moment, perhaps.
  Result<void> settle_move(Leg& out, Leg& in, const std::string& how);
  void move_failed(Move& move, const std::string& why);

 private:
  struct MediaChange {
    ChannelId asker = 0;
    MediaDescription offer;
    MediaDescription peer_before;  ///< what the other side had been told, in case it refuses
  };

  /// Tells whoever shows it (LegChanged).
  void leg_changed(Leg& leg) override;
  void run_script(Dialplan* dialplan);
  void first_answered(Dialplan* dialplan);
  void script_ended(ScriptEnd end);
  /// Into the record alone.
  void decide(std::string sentence);
  void end(const Ending& ending, const Leg* by);
  void finish_if_done();
  Leg* peer_of(const Leg& leg);
  Result<MediaDescription> offer_for_callee(Leg& leg);
  /// The same for a leg that is to talk to `partner`, which is up.
  Result<MediaDescription> offer_for_partner(Leg& leg, const Leg& partner);
  /// Settles what we tell the caller: what `other` talks in comes first, when there is another side yet.
  Result<void> answer_caller_with(const Leg* other, bool final) { return answer_with(caller_leg(), other, final); }
  Result<void> answer_with(Leg& leg, const Leg* other, bool final);
  std::vector<Diversion> diversions_for(const DialTarget& target) const;
  std::vector<HeaderField> headers_for(const DialRequest& request) const;
  bool sound_is_here();
  Result<void> send_on(Leg& by, Leg& other, const std::string& number);
  Result<void> join(Leg& by, Leg& other, ChannelId with);
  Result<void> take_over(Leg& out, CallImpl& from, const Leg& by, Leg& in);
  void put_in_place_of(Leg& out, std::unique_ptr<Leg> in, bool heard_on = false);
  std::unique_ptr<Leg> take(Leg& leg);
  void tell_transferor(TransferProgress::Step step, const Ending& why);
  void transfer_done();
  bool hand_back(const Ending& why);
  // places.cpp
  bool moving() const;
  Result<void> ready_to_move(const Leg& partner);
  void change_places(Leg& out, std::unique_ptr<Leg> in, const std::string& how);
  Party shown_to(const Leg& leg, const Leg& other) const;
  void let_linger(Leg& out, Leg& now);
  void look_at_leaving();
  Result<Leg*> place_of(Leg& wanted, const std::string& endpoint, const std::string& user);
  void settle_admitted(ChannelId channel, ChannelId wanted, Instant since);
  // pickup.cpp
  Anchor& anchor();
  LegWatcher* watcher_of(const Leg& leg) const;
  bool wait_for_pickup(Leg& leg);
  void party_gone(Leg& leg, const Ending& ending);
  void release(const std::string& why);
  void end_waiting();
  void show_held_line();
  void hold_music(Leg& held);
  void end_moves();
  Result<std::string> begin_move(Leg& out, MoveRequest request);
  // call_features.cpp
  void listen_for_codes(Leg& leg);
  bool take_key(Leg& leg, char digit, bool kept);
  void pass_key(Leg& leg, char digit);
  void do_feature(Leg& leg, Feature feature);
  void hold_by_code(Leg& leg, bool exclusive);
  void resume_by_code();
  void transfer_by_code(Leg& leg, const std::string& number);
  void tell_failed(Leg& leg, const std::string& what, const std::string& why);
  bool held_by_code(const Leg& leg) const;
  void rejoin(Leg& leg);
  void listen(Leg& leg);
  void ringback();
  /// Whoever `holder` has put on hold hears music, until `holder` is back.
  void update_music(Leg& holder);
  static void send_digit(Leg& leg, char digit);
  void stop_recording();
  void watch_silence(Leg& leg);
  void on_silence(Leg& leg);
  /// A leg has gone in the middle of a change: whoever asked for it is told.
  void forget_change(const Leg& gone);
  void offer_video(Leg& to, const MediaDescription& asked, MediaDescription& offer);
  void answer_video(Leg& leg, const MediaDescription& offer, const MediaDescription* other, MediaDescription& answer);
  static bool video_concerns_other_side(const Leg& leg, const Leg& peer, const MediaDescription& offer);
  /// The answer to `offer`, whole; `other`: what the other side has said, null when there is none.
  Result<MediaDescription> answer_to(Leg& leg, const MediaDescription& offer, const std::vector<Codec>& wanted,
                                     const MediaDescription* other);
  void ask_other_side(Leg& asker, Leg& peer, const MediaDescription& offer, const std::vector<Codec>& codecs);
  // call_direct.cpp
  bool step(DirectEvent event);
  bool may_go_direct() const;
  void consider_direct();
  bool tell_of(Leg& to, const Leg& other);
  void return_media();
  void finish_return();
  bool on_direct_answer(Leg& leg, const Result<MediaDescription>& answer);
  bool ready_for_change(Leg& leg);
  void finish_change(Leg& leg, const Result<MediaDescription>& answer);
  void apply_change(Leg& leg, const MediaDescription& offer, const MediaDescription& answer);
  std::string disposition() const;
  void publish_record();
  std::shared_ptr<void> settled_token();

  CallServices services_;
  const uint64_t number_;
  const uint64_t affinity_;  ///< of its legs' media: one media thread
  CallRecord record_;
  const uint8_t hops_left_;
  const std::vector<Diversion> diversions_;  ///< as it came in
  std::shared_ptr<const Device> device_;
  Occupant occupant_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::vector<std::unique_ptr<Leg>> legs_;
  std::unique_ptr<LegWatcher> first_;  ///< while somebody is being called before the call begins
  std::unique_ptr<Script> script_;
  LegWatcher* watcher_ = nullptr;
  Ear* ear_ = nullptr;
  std::string typed_;
  bool ringback_ = false;  ///< the caller hears, or is about to hear, the ringback tone
  std::shared_ptr<SoundSink> recording_;
  Leg* connected_ = nullptr;   ///< the leg that the caller talks to
  Leg* transferor_ = nullptr;  ///< who sent the caller here, and waits to hear how it goes
  bool echoing_ = false;
  std::optional<MediaChange> change_;
  DirectMedia direct_;
  std::unique_ptr<Anchor> anchor_;  ///< null as long as nobody can, or wants to, go on elsewhere
  bool ending_ = false;
  bool published_ = false;
  std::optional<Ending> failure_;  ///< why the last dial failed, for a script that just returns
};

}  // namespace tandem
