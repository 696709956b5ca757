// The tables of mobility.db. Any thread that has the connection.
#pragma once

#include "tandem/store.h"

namespace tandem {

const Migrations& mobility_migrations();

}  // namespace tandem
