// HistoryDoor: people's calls for programs, JSON over /api/v1 on the API listener. Applications need the right "calls". Switch thread.
#pragma once

#include "tandem/call_history.h"
#include "tandem/directory.h"
#include "tandem/http_api.h"

namespace tandem {

class HistoryDoor {
 public:
  /// `find`: who keeps the records, asked each time; null: nobody does now.
  HistoryDoor(UniqueFunction<CallHistory*()> find, HttpServer& server, Directory& directory)
      : find_(std::move(find)), server_(server), directory_(directory) {}
  /// not_found: the web server has no listener for the API.
  Result<Registration> open();

 private:
  void list(const http::Request& request, http::Reply reply);

  UniqueFunction<CallHistory*()> find_;
  HttpServer& server_;
  Directory& directory_;
};

/// "2026-11-24T18:30:00Z", with or without parts of a second; empty: it is no such moment.
std::optional<WallTime> utc_moment(const std::string& text);

}  // namespace tandem
