// The interactive console, `tandem -r`: a prompt with history and completion at a terminal, a line a command from a pipe. What is published
// (log lines, SIP traces) is printed above the prompt as it comes. The client's only thread.
#pragma once

#include <string>

namespace tandem {

/// Serves standard input until its end, "exit" or "quit". Returns the process's exit code: 1 when Tandem cannot be reached or has gone, or
/// when a command from a pipe has failed.
int run_console_session(const std::string& socket);

}  // namespace tandem
