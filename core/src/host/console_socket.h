// The console socket's address. Any thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "tandem/result.h"

namespace tandem {

/// invalid when the path is longer than the system's 107 bytes.
Result<sockaddr_un> console_address(const std::string& path);

}  // namespace tandem
