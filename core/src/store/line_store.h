// LineStore: what people have set for their lines, in directory.db. Local reads through a cache; changes are written by the writer thread
// and told once they are durable. Switch thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <string>

#include "store/answers.h"
#include "store/lru_cache.h"
#include "tandem/events.h"
#include "tandem/line_settings.h"
#include "tandem/store.h"

namespace tandem {

class LineStore final : public LineBook {
 public:
  LineStore(Database& database, Directory& directory);
  ~LineStore() override;
  LineStore(const LineStore&) = delete;
  LineStore& operator=(const LineStore&) = delete;

  /// Who is told of changes from now on; null: nobody.
  void tell(Events* events) { events_ = events; }

  std::shared_ptr<const LineSettings> of(std::string_view user) override;
  DoNotDisturb dnd_at(const Device& device) override;
  void change(std::string user, LineChange change, Done done) override;
  void set_dnd_at(std::string device, DoNotDisturb dnd, Done done) override;

 private:
  /// `line`: "user/john.doe" or "profile/john-8841". Null: nothing has been set there.
  std::shared_ptr<const LineSettings> row(const std::string& line);
  void write(std::string line, LineChange change, Done done);

  Database& database_;
  Directory& directory_;
  Events* events_ = nullptr;
  SQLite::Statement query_;
  LruCache<std::shared_ptr<const LineSettings>> rows_;  ///< also that there is none
  Answers<void> answers_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
