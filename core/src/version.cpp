// The build id as the host carries it: what a module's is compared with.
#include "version.h"

#include "tandem/build_id.h"

namespace tandem {

const char* host_build_id() { return kBuildId; }
const char* host_version() { return TANDEM_VERSION; }

}  // namespace tandem
