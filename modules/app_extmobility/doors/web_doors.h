// WebDoors: what the web brings to Extension Mobility, together. Open while there is a web server. Switch thread.
#pragma once

#include <memory>
#include <vector>

#include "../service.h"

namespace tandem {

class WebDoors {
 public:
  /// Listeners that are not served have no doors; a line in the log says so.
  WebDoors(Host& host, MobilityService& service, Sessions& sessions);
  ~WebDoors();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tandem
