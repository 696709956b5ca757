// The schema of cdr.db; README.md describes it for whoever reads the file with other programs. Any thread.
#pragma once

#include "tandem/store.h"

namespace tandem {

const Migrations& cdr_migrations();

}  // namespace tandem
