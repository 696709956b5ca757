#include "message_rows.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "tandem/log.h"
#include "wave_file.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};
constexpr int64_t kMostRetired = 500;
constexpr std::string_view kFolder = "voicemail";

Error no_such_message() { return {ErrorCode::not_found, "there is no such message"}; }

/// As fresh_name() makes them: 32 hexadecimal digits. Nothing else in the folder is ours to delete.
bool is_ours(const std::filesystem::path& file) {
  const auto stem = file.stem().string();
  return file.extension() == ".wav" && stem.size() == 32 && stem.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

int64_t milliseconds_of(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }
WallTime wall_time_of(int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

Message message_of(SQLite::Statement& row) {
  return {.id = row.getColumn(0).getInt64(),
          .user = row.getColumn(1).getString(),
          .state = static_cast<MessageState>(row.getColumn(2).getInt()),
          .urgent = row.getColumn(3).getInt() != 0,
          .file = row.getColumn(4).getString(),
          .number = row.getColumn(5).getString(),
          .name = row.getColumn(6).getString(),
          .call = row.getColumn(7).getString(),
          .forwarded_by = row.getColumn(8).getString(),
          .at = wall_time_of(row.getColumn(9).getInt64()),
          .length = std::chrono::milliseconds(row.getColumn(10).getInt64())};
}

/// Messages that are being left count: two callers at once do not both get the last place.
Result<void> MessageRows::has_room(const std::string& user) {
  SQLite::Statement box(db_, "SELECT count(*), coalesce(sum(length), 0) FROM messages WHERE user = ?");
  box.bind(1, user);
  box.executeStep();
  if (box.getColumn(0).getInt64() >= settings_.max_messages || box.getColumn(1).getInt64() >= settings_.max_total.count()) {
    return Error{ErrorCode::exhausted, fmt::format("the mailbox of {} is full", user)};
  }
  const auto space = free_octets(recordings_);
  if (!space) return space.error();
  if (*space < settings_.min_free) {
    return Error{ErrorCode::exhausted, fmt::format("the disk has {} octets left, fewer than min_free", *space)};
  }
  return {};
}

int64_t MessageRows::insert(const Message& message) {
  SQLite::Statement row(db_,
                        "INSERT INTO messages(user, state, urgent, file, number, name, call, forwarded_by, at, length, changed) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  row.bind(1, message.user), row.bind(2, static_cast<int>(message.state)), row.bind(3, message.urgent ? 1 : 0);
  row.bind(4, message.file), row.bind(5, message.number), row.bind(6, message.name), row.bind(7, message.call);
  row.bind(8, message.forwarded_by), row.bind(9, milliseconds_of(message.at));
  row.bind(10, static_cast<int64_t>(message.length.count())), row.bind(11, now_);
  row.exec();
  return db_.getLastInsertRowid();
}

void MessageRows::add_mail(int64_t id) {
  SQLite::Statement row(db_, "INSERT OR IGNORE INTO mail VALUES (?, 0, ?, 0, '')");
  row.bind(1, id), row.bind(2, now_);
  row.exec();
}

void MessageRows::erase(int64_t id) {
  for (const char* const sql : {"DELETE FROM mail WHERE message = ?", "DELETE FROM messages WHERE id = ?"}) {
    SQLite::Statement row(db_, sql);
    row.bind(1, id);
    row.exec();
  }
}

Result<Message> MessageRows::begin(Message message) {
  if (auto room = has_room(message.user); !room) return room.error();
  message.state = MessageState::recording;
  message.id = insert(message);
  return message;
}

Result<Message> MessageRows::keep(int64_t id, bool urgent, bool mail) {
  SQLite::Statement row(db_, fmt::format("{} WHERE id = ? AND state = 0", kMessageColumns));
  row.bind(1, id);
  if (!row.executeStep()) return Error{ErrorCode::not_found, "there is no such recording"};
  Message message = message_of(row);
  row.reset();
  const auto length = wave_length(path_of(message.file));
  if (!length) return length.error();
  if (*length < settings_.min_length) return Error{ErrorCode::invalid, "the message is too short"};
  if (auto durable = make_durable(path_of(message.file)); !durable) return durable.error();
  message.length = *length;
  message.state = MessageState::fresh;
  message.urgent = message.urgent || urgent;
  SQLite::Statement kept(db_, "UPDATE messages SET state = ?, urgent = ?, length = ?, changed = ? WHERE id = ?");
  kept.bind(1, static_cast<int>(message.state)), kept.bind(2, message.urgent ? 1 : 0);
  kept.bind(3, static_cast<int64_t>(message.length.count())), kept.bind(4, now_), kept.bind(5, id);
  kept.exec();
  if (mail) add_mail(id);
  return message;
}

Result<Message> MessageRows::find(const std::string& user, int64_t id) {
  SQLite::Statement row(db_, fmt::format("{} WHERE id = ? AND user = ? AND state > 0", kMessageColumns));
  row.bind(1, id), row.bind(2, user);
  if (!row.executeStep()) return no_such_message();
  return message_of(row);
}

Result<Message> MessageRows::mark(const std::string& user, int64_t id, MessageState state) {
  auto message = find(user, id);
  if (!message || message->state == state) return message;
  SQLite::Statement row(db_, "UPDATE messages SET state = ?, changed = ? WHERE id = ?");
  row.bind(1, static_cast<int>(state)), row.bind(2, now_), row.bind(3, id);
  row.exec();
  message->state = state;
  return message;
}

Result<Message> MessageRows::remove(const std::string& user, int64_t id) {
  auto message = find(user, id);
  if (message) erase(id);
  return message;
}

Result<Message> MessageRows::forward(const std::string& user, int64_t id, const std::string& to, const std::string& file, bool mail) {
  auto message = find(user, id);
  if (!message) return message;
  if (auto room = has_room(to); !room) return room.error();
  if (auto copied = copy_file(path_of(message->file), path_of(file)); !copied) return copied.error();
  message->user = to;
  message->file = file;
  message->forwarded_by = user;
  message->state = MessageState::fresh;
  message->id = insert(*message);
  if (mail) add_mail(message->id);
  return message;
}

Result<std::vector<std::string>> MessageRows::retire(std::vector<std::string>& files) {
  constexpr int64_t kDay = 24 * 3600 * 1000;
  const std::pair<MessageState, int64_t> limits[] = {
      {MessageState::fresh, settings_.new_days}, {MessageState::heard, settings_.heard_days}, {MessageState::saved, settings_.saved_days}};
  std::vector<std::string> users;
  for (const auto& [state, days] : limits) {
    if (days == 0) continue;
    SQLite::Statement old(db_, fmt::format("{} WHERE state = ? AND changed < ? ORDER BY changed LIMIT {}", kMessageColumns, kMostRetired));
    old.bind(1, static_cast<int>(state)), old.bind(2, now_ - days * kDay);
    std::vector<Message> gone;
    while (old.executeStep()) gone.push_back(message_of(old));
    old.reset();
    for (auto& message : gone) {
      erase(message.id);
      files.push_back(std::move(message.file));
      if (std::find(users.begin(), users.end(), message.user) == users.end()) users.push_back(std::move(message.user));
    }
  }
  return users;
}

Result<MessageStore::Swept> MessageRows::sweep() {
  MessageStore::Swept swept;
  SQLite::Statement open(db_, fmt::format("{} WHERE state = 0", kMessageColumns));
  std::vector<Message> interrupted;
  while (open.executeStep()) interrupted.push_back(message_of(open));
  open.reset();
  for (const auto& message : interrupted) recover(message, swept);
  drop_missing(swept);
  drop_strays(swept);
  return swept;
}

/// Somebody was speaking when Tandem ended: what has been said is better than nothing.
void MessageRows::recover(const Message& message, MessageStore::Swept& swept) {
  if (const auto kept = keep(message.id, false, !settings_.mail.server.empty()); kept) {
    ++swept.recovered;
    kLog.line(LogLevel::notice, "a message for {} that was being left when Tandem ended is in its box: {} ms", message.user,
              kept->length.count());
    return;
  }
  erase(message.id);
  ++swept.too_short;
}

void MessageRows::drop_missing(MessageStore::Swept& swept) {
  SQLite::Statement all(db_, "SELECT id, user, file FROM messages");
  std::vector<int64_t> missing;
  while (all.executeStep()) {
    if (::access(path_of(all.getColumn(2).getString()).c_str(), R_OK) == 0) continue;
    missing.push_back(all.getColumn(0).getInt64());
    kLog.line(LogLevel::error, "message {} of {} is lost: its file {} is gone", all.getColumn(0).getInt64(), all.getColumn(1).getString(),
              all.getColumn(2).getString());
  }
  all.reset();
  for (const int64_t id : missing) erase(id);
  swept.rows = static_cast<int64_t>(missing.size());
  SQLite::Statement greetings(db_, "SELECT user, kind, file FROM greetings");
  std::vector<std::pair<std::string, std::string>> gone;
  while (greetings.executeStep()) {
    if (::access(path_of(greetings.getColumn(2).getString()).c_str(), R_OK) != 0)
      gone.emplace_back(greetings.getColumn(0).getString(), greetings.getColumn(1).getString());
  }
  greetings.reset();
  for (const auto& [user, kind] : gone) {
    SQLite::Statement drop(db_, "DELETE FROM greetings WHERE user = ? AND kind = ?");
    drop.bind(1, user), drop.bind(2, kind);
    drop.exec();
    ++swept.rows;
  }
}

void MessageRows::drop_strays(MessageStore::Swept& swept) {
  std::unordered_set<std::string> known;
  for (const char* const sql : {"SELECT file FROM messages", "SELECT file FROM greetings"}) {
    SQLite::Statement files(db_, sql);
    while (files.executeStep()) known.insert(std::filesystem::path(files.getColumn(0).getString()).filename().string());
  }
  std::error_code failure;
  const auto folder = std::filesystem::path(recordings_) / kFolder;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, failure);
       !failure && it != std::filesystem::recursive_directory_iterator(); it.increment(failure)) {
    if (!is_ours(it->path()) || known.contains(it->path().stem().string())) continue;
    ::unlink(it->path().c_str());
    ++swept.files;
  }
}

}  // namespace tandem
