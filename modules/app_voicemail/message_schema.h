// The schema of voicemail.db. Any thread.
#pragma once

#include "tandem/store.h"

namespace tandem {

const Migrations& voicemail_migrations();

}  // namespace tandem
