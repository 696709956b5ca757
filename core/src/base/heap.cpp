#include "base/heap.h"

#include <malloc.h>

#include <cstdint>

// Null where the program runs without it: under sanitizers, and in tests.
extern "C" int mallctl(const char* name, void* old, size_t* old_size, void* now, size_t now_size) __attribute__((weak));

namespace tandem {

HeapUse heap_use() {
  if (mallctl != nullptr) {
    uint64_t epoch = 1;  // its figures stand still until this is written
    size_t size = sizeof epoch;
    size_t used = 0, active = 0;
    size_t word = sizeof used;
    if (mallctl("epoch", &epoch, &size, &epoch, size) == 0 && mallctl("stats.allocated", &used, &word, nullptr, 0) == 0 &&
        mallctl("stats.resident", &active, &word, nullptr, 0) == 0)
      return {used, active > used ? active - used : 0};
  }
  const struct mallinfo2 heap = ::mallinfo2();
  return {heap.uordblks + heap.hblkhd, heap.fordblks};
}

}  // namespace tandem
