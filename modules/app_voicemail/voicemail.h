// Voicemail: who leaves messages now, and whose boxes change. Everybody who does something with a box comes here (the dialplan's verbs, the
// console, the API), so that lamps and mail follow. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "message_store.h"
#include "settings.h"
#include "tandem/host.h"
#include "tandem/messages.h"
#include "tandem/recordings.h"
#include "tandem/records.h"

namespace tandem {

class Voicemail final : public MessageWaiting {
 public:
  template <class T>
  using Done = MessageStore::Done<T>;
  struct Parts {
    Loop& loop;
    Events& events;
    Directory& directory;
    MessageStore& store;
  };
  Voicemail(const Parts& parts, const VoicemailSettings& settings);
  ~Voicemail() override;
  Voicemail(const Voicemail&) = delete;
  Voicemail& operator=(const Voicemail&) = delete;

  void configure(const VoicemailSettings& settings);
  const VoicemailSettings& settings() const { return settings_; }
  MessageStore& store() { return parts_.store; }

  /// What call:record is to be given. Whatever is recorded under this name becomes a message when the caller hangs up in the middle, if it
  /// is long enough.
  struct Take {
    int64_t id = 0;
    std::string name;
  };
  /// not_found: no such person, or no mailbox. exhausted: it is full, or the disk is.
  void take_message(const Call& call, const Party& caller, const std::string& user, bool urgent, Done<Take> done);
  /// The same for a greeting, which is kept only by keep().
  Result<Take> take_greeting(const Call& call, const std::string& user, std::string kind);
  /// What the call has recorded under this id. invalid: too short, and gone. not_found: no such recording of that call.
  void keep(const std::string& call, int64_t id, bool urgent, Done<std::chrono::milliseconds> done);
  void drop(const std::string& call, int64_t id);

  void mark(std::string user, int64_t id, MessageState state, Done<Message> done);
  void remove(std::string user, int64_t id, Done<Message> done);
  void forward(std::string user, int64_t id, const std::string& to, Done<Message> done);
  void drop_greeting(std::string user, std::string kind, Done<bool> done);
  /// The file of the greeting for that state of the line: "busy" falls back to "unavailable". Empty: none was recorded.
  std::string greeting(const std::string& user, std::string_view kind);
  /// not_found with a sentence: nobody of that name, no mailbox, or voicemail is off.
  Result<std::shared_ptr<const User>> owner(std::string_view user) const;

  std::optional<MessageCounts> messages(std::string_view user) override;
  std::string account() override { return settings_.number; }

  /// Whoever sends mail is told that there is some.
  void when_mail(Task task) { mail_ = std::move(task); }
  size_t open_takes() const { return takes_.size(); }
  struct Tally {
    uint64_t left = 0, interrupted = 0, too_short = 0, full = 0, failed = 0, deleted = 0;
  };
  const Tally& tally() const { return tally_; }
  /// As of the last look, once a minute.
  const MessageStore::Totals& totals() const { return totals_; }

 private:
  /// One recording from its announcement to its place in a box. Its facts come in any order; settle() acts once they are complete.
  struct OpenTake {
    int64_t id = 0;
    std::string call, user, name;
    std::string greeting;  ///< its kind; empty: it is a message
    bool began = false, ended = false, gone = false;
    std::shared_ptr<void> settled;  ///< of the call's end: whoever hung up is answered when the message is safe
  };
  OpenTake* find(const std::string& call, int64_t id);
  void began(const RecordingBegan& e);
  void ended(const RecordingEnded& e);
  void call_ended(const CallEnded& e);
  void settle(OpenTake& take);
  void keep_message(const OpenTake& take, bool urgent, Done<std::chrono::milliseconds> done);
  void forget(const OpenTake& take);
  void changed(const std::string& user);
  Done<Message> announcing(Done<Message> done);
  bool wants_mail(const std::string& user) const;
  void sweep();
  void count();

  Parts parts_;
  VoicemailSettings settings_;
  std::map<std::string, OpenTake> takes_;  ///< by name
  int64_t next_greeting_ = -1;             ///< ids of greetings are negative: they have no row yet
  Task mail_;
  Tally tally_;
  MessageStore::Totals totals_;
  Timer sweep_timer_, count_timer_;
  std::vector<Registration> registrations_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
