#include "message_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <unistd.h>

#include <random>

#include "message_rows.h"
#include "message_schema.h"
#include "tandem/log.h"
#include "wave_file.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};
constexpr std::chrono::milliseconds kShortestGreeting{300};  // a name may be short

template <class T>
struct Pending {
  std::optional<Result<T>> result;
  UniqueFunction<void(Result<T>)> done;
};

}  // namespace

struct MessageStore::Queries {
  explicit Queries(SQLite::Database& db)
      : counts(db, "SELECT state, urgent, count(*) FROM messages WHERE user = ? AND state > 0 GROUP BY state, urgent"),
        greeting(db, "SELECT file FROM greetings WHERE user = ? AND kind = ?"),
        letter(db, "SELECT message, tries FROM mail WHERE given_up = 0 AND due <= ? ORDER BY due LIMIT 1"),
        about(db, fmt::format("{} WHERE id = ?", kMessageColumns)),
        due(db, "SELECT min(due) FROM mail WHERE given_up = 0") {}
  SQLite::Statement counts, greeting, letter, about, due;
};

Result<std::unique_ptr<MessageStore>> MessageStore::open(Store& store, Loop& loop, std::string recordings,
                                                         const VoicemailSettings& settings) {
  std::unique_ptr<MessageStore> made(new MessageStore(loop, std::move(recordings), settings));
  auto database = store.open("voicemail.db", voicemail_migrations(), Durability::full);
  if (!database) return database.error();
  made->database_ = std::move(*database);
  if (auto swept = made->sweep(); !swept) return swept.error();
  made->queries_ = std::make_unique<Queries>(made->database_->reader());
  return made;
}

MessageStore::MessageStore(Loop& loop, std::string recordings, const VoicemailSettings& settings)
    : loop_(loop), recordings_(std::move(recordings)), settings_(settings) {}

MessageStore::~MessageStore() {
  *alive_ = false;
  queries_.reset();
}

int64_t MessageStore::now() const { return milliseconds_of(loop_.clock().wall()); }

std::string MessageStore::fresh_name() {
  std::random_device random;
  const std::string id = fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  return fmt::format("voicemail/{}/{}", id.substr(0, 2), id);
}

Result<void> MessageStore::sweep() {
  return database_->write_now([this](SQLite::Database& db) -> Result<void> {
    auto swept = MessageRows(db, recordings_, settings_, now()).sweep();
    if (!swept) return swept.error();
    swept_ = *swept;
    return {};
  });
}

template <class T, class Change>
void MessageStore::write(Change change, Done<T> done) {
  auto pending = std::make_shared<Pending<T>>();
  pending->done = std::move(done);
  auto job = [change = std::move(change), pending, recordings = recordings_, settings = settings_,
              at = now()](SQLite::Database& db) mutable -> Result<void> {
    pending->result = change(MessageRows(db, recordings, settings, at), db);
    return *pending->result ? Result<void>() : pending->result->error();
  };
  auto finished = [pending](Result<void> committed) {
    if (!committed) return pending->done(committed.error());
    pending->done(std::move(*pending->result));
  };
  if (auto queued = database_->write(std::move(job), std::move(finished), Share::existing); !queued) pending->done(queued.error());
}

template <class T, class Query>
void MessageStore::read(Query query, Done<T> done) {
  auto pending = std::make_shared<Pending<T>>();
  pending->done = std::move(done);
  auto job = [query = std::move(query), pending](SQLite::Database& db) mutable -> Result<void> {
    pending->result = query(db);
    return *pending->result ? Result<void>() : pending->result->error();
  };
  auto finished = [pending](Result<void> asked) {
    if (!asked) return pending->done(asked.error());
    pending->done(std::move(*pending->result));
  };
  if (auto queued = database_->read(std::move(job), std::move(finished)); !queued) pending->done(queued.error());
}

void MessageStore::unlink_later(std::vector<std::string> files) {
  if (files.empty()) return;
  auto job = [files = std::move(files), recordings = recordings_](SQLite::Database&) -> Result<void> {
    for (const auto& file : files) {
      const std::string path = recordings + "/" + file + ".wav";
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) kLog.line(LogLevel::error, "{} cannot be deleted", path);
    }
    return {};
  };
  // If there is no room for the job the next start's sweep finds them.
  (void)database_->write(
      std::move(job), [](Result<void>) {}, Share::existing);
}

void MessageStore::begin(Message message, Done<Message> done) {
  write<Message>([m = std::move(message)](MessageRows rows, SQLite::Database&) { return rows.begin(m); }, std::move(done));
}

void MessageStore::keep(int64_t id, bool urgent, bool mail, Done<Message> done) {
  write<Message>([id, urgent, mail](MessageRows rows, SQLite::Database&) { return rows.keep(id, urgent, mail); }, std::move(done));
}

void MessageStore::discard(int64_t id, std::string file) {
  auto job = [id](MessageRows, SQLite::Database& db) -> Result<bool> {
    SQLite::Statement row(db, "DELETE FROM messages WHERE id = ? AND state = 0");
    row.bind(1, id);
    return row.exec() > 0;
  };
  write<bool>(std::move(job), [this, alive = alive_, f = std::move(file)](Result<bool> gone) {
    if (*alive && gone && *gone) unlink_later({f});
  });
}

void MessageStore::discard_file(std::string file) { unlink_later({std::move(file)}); }

void MessageStore::list(std::string user, std::optional<MessageState> state, int64_t most, Done<std::vector<Message>> done) {
  auto query = [user = std::move(user), state, most](SQLite::Database& db) -> Result<std::vector<Message>> {
    SQLite::Statement rows(db, fmt::format("{} WHERE user = ? AND {} ORDER BY urgent DESC, id LIMIT ?", kMessageColumns,
                                           state ? fmt::format("state = {}", static_cast<int>(*state)) : "state > 0"));
    rows.bind(1, user), rows.bind(2, most);
    std::vector<Message> found;
    while (rows.executeStep()) found.push_back(message_of(rows));
    return found;
  };
  read<std::vector<Message>>(std::move(query), std::move(done));
}

void MessageStore::find(std::string user, int64_t id, Done<Message> done) {
  auto query = [user = std::move(user), id](SQLite::Database& db) -> Result<Message> { return MessageRows(db, {}, {}, 0).find(user, id); };
  read<Message>(std::move(query), std::move(done));
}

void MessageStore::mark(std::string user, int64_t id, MessageState state, Done<Message> done) {
  write<Message>([u = std::move(user), id, state](MessageRows rows, SQLite::Database&) { return rows.mark(u, id, state); },
                 std::move(done));
}

void MessageStore::remove(std::string user, int64_t id, Done<Message> done) {
  auto removed = [this, alive = alive_, d = std::move(done)](Result<Message> message) mutable {
    if (*alive && message) unlink_later({message->file});
    d(std::move(message));
  };
  write<Message>([u = std::move(user), id](MessageRows rows, SQLite::Database&) { return rows.remove(u, id); }, std::move(removed));
}

void MessageStore::forward(std::string user, int64_t id, std::string to, bool mail, Done<Message> done) {
  auto change = [u = std::move(user), id, to = std::move(to), mail, file = fresh_name()](MessageRows rows, SQLite::Database&) {
    return rows.forward(u, id, to, file, mail);
  };
  write<Message>(std::move(change), std::move(done));
}

MessageCounts MessageStore::counts(std::string_view user) {
  MessageCounts counts;
  auto& row = queries_->counts;
  row.bind(1, std::string(user));
  while (row.executeStep()) {
    const bool fresh = static_cast<MessageState>(row.getColumn(0).getInt()) == MessageState::fresh;
    const bool urgent = row.getColumn(1).getInt() != 0;
    const auto many = static_cast<uint32_t>(row.getColumn(2).getInt64());
    (fresh ? counts.fresh : counts.heard) += many;
    if (urgent) (fresh ? counts.urgent_fresh : counts.urgent_heard) += many;
  }
  row.reset();
  return counts;
}

std::string MessageStore::greeting(std::string_view user, std::string_view kind) {
  auto& row = queries_->greeting;
  row.bind(1, std::string(user)), row.bind(2, std::string(kind));
  std::string file = row.executeStep() ? row.getColumn(0).getString() : std::string();
  row.reset();
  return file;
}

void MessageStore::set_greeting(std::string user, std::string kind, std::string file, Done<std::chrono::milliseconds> done) {
  auto before = std::make_shared<std::string>();
  auto change = [user = std::move(user), kind = std::move(kind), file, before, path = path_of(file), at = now()](
                    MessageRows, SQLite::Database& db) -> Result<std::chrono::milliseconds> {
    const auto length = wave_length(path);
    if (!length) return length.error();
    if (*length < kShortestGreeting) return Error{ErrorCode::invalid, "the greeting is too short"};
    if (auto durable = make_durable(path); !durable) return durable.error();
    SQLite::Statement old(db, "SELECT file FROM greetings WHERE user = ? AND kind = ?");
    old.bind(1, user), old.bind(2, kind);
    if (old.executeStep()) *before = old.getColumn(0).getString();
    old.reset();
    SQLite::Statement row(db, "REPLACE INTO greetings VALUES (?, ?, ?, ?, ?)");
    row.bind(1, user), row.bind(2, kind), row.bind(3, file), row.bind(4, static_cast<int64_t>(length->count())), row.bind(5, at);
    row.exec();
    return *length;
  };
  auto set = [this, alive = alive_, before, file, d = std::move(done)](Result<std::chrono::milliseconds> length) mutable {
    if (*alive && length && !before->empty()) unlink_later({*before});
    if (*alive && !length) unlink_later({file});
    d(std::move(length));
  };
  write<std::chrono::milliseconds>(std::move(change), std::move(set));
}

void MessageStore::drop_greeting(std::string user, std::string kind, Done<bool> done) {
  auto file = std::make_shared<std::string>();
  auto change = [user = std::move(user), kind = std::move(kind), file](MessageRows, SQLite::Database& db) -> Result<bool> {
    SQLite::Statement row(db, "DELETE FROM greetings WHERE user = ? AND kind = ? RETURNING file");
    row.bind(1, user), row.bind(2, kind);
    if (!row.executeStep()) return false;
    *file = row.getColumn(0).getString();
    while (row.executeStep()) {
    }
    return true;
  };
  auto dropped = [this, alive = alive_, file, d = std::move(done)](Result<bool> gone) mutable {
    if (*alive && gone && *gone) unlink_later({*file});
    d(std::move(gone));
  };
  write<bool>(std::move(change), std::move(dropped));
}

void MessageStore::boxes(std::string after, int64_t most, Done<std::vector<Box>> done) {
  auto query = [after = std::move(after), most](SQLite::Database& db) -> Result<std::vector<Box>> {
    SQLite::Statement rows(db,
                           "SELECT user, sum(state = 1), sum(state = 2), sum(state = 3), sum(urgent), sum(length) FROM messages "
                           "WHERE user > ? AND state > 0 GROUP BY user ORDER BY user LIMIT ?");
    rows.bind(1, after), rows.bind(2, most);
    std::vector<Box> found;
    while (rows.executeStep()) {
      found.push_back({.user = rows.getColumn(0).getString(),
                       .fresh = rows.getColumn(1).getInt64(),
                       .heard = rows.getColumn(2).getInt64(),
                       .saved = rows.getColumn(3).getInt64(),
                       .urgent = rows.getColumn(4).getInt64(),
                       .length = std::chrono::milliseconds(rows.getColumn(5).getInt64())});
    }
    return found;
  };
  read<std::vector<Box>>(std::move(query), std::move(done));
}

void MessageStore::retire(Done<std::vector<std::string>> done) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto retired = [this, alive = alive_, files, d = std::move(done)](Result<std::vector<std::string>> users) mutable {
    if (*alive && users) unlink_later(std::move(*files));
    d(std::move(users));
  };
  write<std::vector<std::string>>([files](MessageRows rows, SQLite::Database&) { return rows.retire(*files); }, std::move(retired));
}

std::optional<MessageStore::Letter> MessageStore::next_letter(WallTime now) {
  auto& row = queries_->letter;
  row.bind(1, milliseconds_of(now));
  std::optional<Letter> letter;
  if (row.executeStep()) letter = Letter{row.getColumn(0).getInt64(), row.getColumn(1).getInt64(), {}};
  row.reset();
  if (!letter) return letter;
  auto& about = queries_->about;
  about.bind(1, letter->message);
  if (about.executeStep()) letter->about = message_of(about);
  about.reset();
  return letter;
}

std::optional<WallTime> MessageStore::next_due() {
  auto& row = queries_->due;
  row.executeStep();
  std::optional<WallTime> due;
  if (!row.getColumn(0).isNull()) due = wall_time_of(row.getColumn(0).getInt64());
  row.reset();
  return due;
}

void MessageStore::letter_sent(int64_t message, Done<bool> done) {
  auto change = [message](MessageRows, SQLite::Database& db) -> Result<bool> {
    SQLite::Statement row(db, "DELETE FROM mail WHERE message = ?");
    row.bind(1, message);
    return row.exec() > 0;
  };
  write<bool>(std::move(change), std::move(done));
}

void MessageStore::letter_failed(int64_t message, std::optional<WallTime> due, std::string why, Done<bool> done) {
  auto change = [message, due, why = std::move(why)](MessageRows, SQLite::Database& db) -> Result<bool> {
    SQLite::Statement row(db, "UPDATE mail SET tries = tries + 1, due = ?, given_up = ?, error = ? WHERE message = ?");
    row.bind(1, due ? milliseconds_of(*due) : 0), row.bind(2, due ? 0 : 1), row.bind(3, why), row.bind(4, message);
    return row.exec() > 0;
  };
  write<bool>(std::move(change), std::move(done));
}

void MessageStore::letters(int64_t most, Done<std::vector<Waiting>> done) {
  auto query = [most](SQLite::Database& db) -> Result<std::vector<Waiting>> {
    SQLite::Statement rows(db,
                           "SELECT mail.message, mail.tries, messages.user, mail.error, mail.due, mail.given_up FROM mail "
                           "JOIN messages ON messages.id = mail.message ORDER BY mail.given_up, mail.due LIMIT ?");
    rows.bind(1, most);
    std::vector<Waiting> found;
    while (rows.executeStep()) {
      Waiting one{.message = rows.getColumn(0).getInt64(),
                  .tries = rows.getColumn(1).getInt64(),
                  .user = rows.getColumn(2).getString(),
                  .error = rows.getColumn(3).getString(),
                  .due = {}};
      if (rows.getColumn(5).getInt() == 0) one.due = wall_time_of(rows.getColumn(4).getInt64());
      found.push_back(std::move(one));
    }
    return found;
  };
  read<std::vector<Waiting>>(std::move(query), std::move(done));
}

void MessageStore::totals(Done<Totals> done) {
  auto query = [](SQLite::Database& db) -> Result<Totals> {
    Totals totals;
    totals.messages = db.execAndGet("SELECT count(*) FROM messages WHERE state > 0").getInt64();
    totals.fresh = db.execAndGet("SELECT count(*) FROM messages WHERE state = 1").getInt64();
    totals.letters = db.execAndGet("SELECT count(*) FROM mail WHERE given_up = 0").getInt64();
    totals.given_up = db.execAndGet("SELECT count(*) FROM mail WHERE given_up = 1").getInt64();
    return totals;
  };
  read<Totals>(std::move(query), std::move(done));
}

}  // namespace tandem
