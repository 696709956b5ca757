#include "vendor.h"

namespace tandem {

const Vendor& vendor_named(std::string_view name) {
  if (name == cisco_vendor().name()) return cisco_vendor();
  return generic_vendor();
}

}  // namespace tandem
