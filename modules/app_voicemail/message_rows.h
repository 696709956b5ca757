// MessageRows: what the database's writer does with rows and files of messages. Writer's thread; throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <vector>

#include "message.h"
#include "message_store.h"
#include "tandem/result.h"

namespace tandem {

inline constexpr const char* kMessageColumns =
    "SELECT id, user, state, urgent, file, number, name, call, forwarded_by, at, length FROM messages ";
Message message_of(SQLite::Statement& row);
int64_t milliseconds_of(WallTime time);
WallTime wall_time_of(int64_t milliseconds);

class MessageRows {
 public:
  MessageRows(SQLite::Database& db, std::string recordings, const VoicemailSettings& settings, int64_t now)
      : db_(db), recordings_(std::move(recordings)), settings_(settings), now_(now) {}

  Result<Message> begin(Message message);
  Result<Message> keep(int64_t id, bool urgent, bool mail);
  Result<Message> find(const std::string& user, int64_t id);
  Result<Message> mark(const std::string& user, int64_t id, MessageState state);
  Result<Message> remove(const std::string& user, int64_t id);
  Result<Message> forward(const std::string& user, int64_t id, const std::string& to, const std::string& file, bool mail);
  Result<std::vector<std::string>> retire(std::vector<std::string>& files);
  Result<MessageStore::Swept> sweep();

 private:
  std::string path_of(const std::string& file) const { return recordings_ + "/" + file + ".wav"; }
  Result<void> has_room(const std::string& user);
  int64_t insert(const Message& message);
  void erase(int64_t id);
  void add_mail(int64_t id);
  void recover(const Message& message, MessageStore::Swept& swept);
  void drop_missing(MessageStore::Swept& swept);
  void drop_strays(MessageStore::Swept& swept);

  SQLite::Database& db_;
  const std::string recordings_;
  const VoicemailSettings settings_;
  const int64_t now_;
};

}  // namespace tandem
