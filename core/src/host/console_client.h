// The console's client side: what `tandem -x "verb ..."` does. The client's only thread.
#pragma once

#include <ostream>
#include <string>

namespace tandem {

struct ConsoleRequest {
  std::string socket;  ///< STATE_DIR/tandem.sock
  std::string line;
  bool json = false;
  bool follow = false;  ///< go on printing what is published, until the server or SIGINT ends it
};

/// Sends the request and prints the answer: to `out` when it worked, to `err` when not. Returns the process's exit code, 0 or 1.
int run_console_client(const ConsoleRequest& request, std::ostream& out, std::ostream& err);

}  // namespace tandem
