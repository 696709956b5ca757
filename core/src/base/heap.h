// Heap: what the allocator's own books say. Any thread.
#pragma once

#include <cstddef>

namespace tandem {

struct HeapUse {
  size_t used = 0;  ///< bytes that are allocated now
  size_t kept = 0;  ///< bytes beside these that the allocator holds ready
};

/// Of jemalloc where the program is linked with it; else of the C library, whose books know its first arena and what is mapped alone.
HeapUse heap_use();

}  // namespace tandem
