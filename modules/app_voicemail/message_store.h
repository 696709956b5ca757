// MessageStore: boxes, greetings and the mail that waits, in voicemail.db, with their WAV files in the folder for recordings. Switch
// thread; whatever changes something, and whatever touches a file, is done by the database's writer, in order.
//
// No row without a file and no file without a row, whatever happens: a row comes first and goes first, and open() sweeps what a crash left.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "message.h"
#include "settings.h"
#include "tandem/messages.h"
#include "tandem/store.h"

namespace SQLite {
class Statement;
}

namespace tandem {

class MessageStore {
 public:
  template <class T>
  using Done = UniqueFunction<void(Result<T>)>;

  struct Swept {
    int64_t recovered = 0;  ///< messages that were being left when Tandem ended; they are in their boxes now
    int64_t rows = 0;       ///< whose file was gone
    int64_t files = 0;      ///< that nothing belonged to
    int64_t too_short = 0;
  };

  /// Opens STATE/voicemail.db and sweeps. `recordings`: the folder for recordings. Blocks: at load only.
  static Result<std::unique_ptr<MessageStore>> open(Store& store, Loop& loop, std::string recordings, const VoicemailSettings& settings);
  ~MessageStore();
  MessageStore(const MessageStore&) = delete;
  MessageStore& operator=(const MessageStore&) = delete;

  void configure(const VoicemailSettings& settings) { settings_ = settings; }
  const Swept& swept() const { return swept_; }
  std::string path_of(const std::string& file) const { return recordings_ + "/" + file + ".wav"; }
  /// A name for a recording that nothing has yet.
  static std::string fresh_name();

  /// A row for a message that is about to be recorded; `message` with its id. exhausted: the box is full, or the disk is.
  void begin(Message message, Done<Message> done);
  /// What was recorded is the box's from now on, durably; with the mail for it where `mail` says so. not_found: there is no such recording.
  /// invalid: it is too short, and gone.
  void keep(int64_t id, bool urgent, bool mail, Done<Message> done);
  /// Row and file of a message that was never kept.
  void discard(int64_t id, std::string file);
  /// A file without a row.
  void discard_file(std::string file);

  /// Of one box, the urgent and the oldest ones first; of one state, or of all. At most `most`, after `after`.
  void list(std::string user, std::optional<MessageState> state, int64_t most, Done<std::vector<Message>> done);
  void find(std::string user, int64_t id, Done<Message> done);
  /// To new, heard or saved. not_found: no such message in that box.
  void mark(std::string user, int64_t id, MessageState state, Done<Message> done);
  void remove(std::string user, int64_t id, Done<Message> done);
  /// A copy into another box, as new. Errors as begin() and find().
  void forward(std::string user, int64_t id, std::string to, bool mail, Done<Message> done);

  /// At once, by an index.
  MessageCounts counts(std::string_view user);
  /// The file of a person's own greeting; empty: there is none.
  std::string greeting(std::string_view user, std::string_view kind);
  void set_greeting(std::string user, std::string kind, std::string file, Done<std::chrono::milliseconds> done);
  /// False: there was none.
  void drop_greeting(std::string user, std::string kind, Done<bool> done);

  struct Box {
    std::string user;
    int64_t fresh = 0, heard = 0, saved = 0, urgent = 0;
    std::chrono::milliseconds length{0};
  };
  /// Boxes with something in them, by user, after `after`.
  void boxes(std::string after, int64_t most, Done<std::vector<Box>> done);
  /// What is older than the settings allow goes, some hundred at a time: whose boxes have changed.
  void retire(Done<std::vector<std::string>> done);

  struct Letter {
    int64_t message = 0, tries = 0;
    Message about;
  };
  /// The next one that is due; empty: none is now.
  std::optional<Letter> next_letter(WallTime now);
  /// When the next one is; empty: there is none.
  std::optional<WallTime> next_due();
  void letter_sent(int64_t message, Done<bool> done);
  /// Tried again at `due`; empty: it is given up.
  void letter_failed(int64_t message, std::optional<WallTime> due, std::string why, Done<bool> done);
  struct Waiting {
    int64_t message = 0, tries = 0;
    std::string user, error;
    std::optional<WallTime> due;  ///< empty: given up
  };
  void letters(int64_t most, Done<std::vector<Waiting>> done);

  struct Totals {
    int64_t messages = 0, fresh = 0, letters = 0, given_up = 0;
  };
  /// Of all boxes; kept up to date by whoever asks for it now and then (a count over an index).
  void totals(Done<Totals> done);
  size_t backlog() const { return database_->backlog(); }

 private:
  struct Queries;
  MessageStore(Loop& loop, std::string recordings, const VoicemailSettings& settings);
  Result<void> sweep();
  int64_t now() const;
  /// Files go after their rows: as a job of its own behind the commit.
  void unlink_later(std::vector<std::string> files);
  template <class T, class Change>
  void write(Change change, Done<T> done);
  template <class T, class Query>
  void read(Query query, Done<T> done);

  Loop& loop_;
  const std::string recordings_;
  VoicemailSettings settings_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Queries> queries_;
  Swept swept_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
