// Version and build id of the running core. Any thread.
#pragma once

namespace tandem {

const char* host_build_id();
const char* host_version();

}  // namespace tandem
