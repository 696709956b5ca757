// MessageDoor: boxes for programs, JSON over /api/v1 on the API listener. Applications need the right "voicemail". Switch thread.
#pragma once

#include <vector>

#include "tandem/http_api.h"
#include "voicemail.h"

namespace tandem {

class MessageDoor {
 public:
  MessageDoor(Voicemail& voicemail, HttpServer& server) : voicemail_(voicemail), server_(server) {}

  /// not_found: the web server has no listener for the API.
  Result<std::vector<Registration>> open();

 private:
  using Entry = http::ApiRoute<MessageDoor>;
  static const Entry kEntries[];

  void list(http::Request request, http::Reply reply);
  void one(http::Request request, http::Reply reply);
  void audio(http::Request request, http::Reply reply);
  void mark(http::Request request, http::Reply reply);
  void remove(http::Request request, http::Reply reply);
  void forward(http::Request request, http::Reply reply);
  void greeting(http::Request request, http::Reply reply);
  void drop_greeting(http::Request request, http::Reply reply);

  Voicemail& voicemail_;
  HttpServer& server_;
};

}  // namespace tandem
