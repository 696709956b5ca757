// Host: everything that a module may reach. One per process, on the switch thread; outlives every module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/address.h"
#include "tandem/config.h"
#include "tandem/console.h"
#include "tandem/directory.h"
#include "tandem/driver.h"
#include "tandem/events.h"
#include "tandem/loop.h"
#include "tandem/media.h"
#include "tandem/metrics.h"
#include "tandem/store.h"
#include "tandem/verb.h"

namespace tandem {

class Host {
 public:
  virtual ~Host() = default;
  virtual Loop& loop() = 0;
  virtual Config& config() = 0;
  virtual Console& console() = 0;
  virtual Events& events() = 0;
  virtual Store& store() = 0;
  virtual Directory& directory() = 0;
  virtual MediaEngine& media() = 0;
  virtual ChannelEvents& channels() = 0;
  virtual Metrics& metrics() = 0;

  /// exists when the name is taken. Undoing a driver's registration while legs of it live ends them first.
  virtual Result<Registration> add_verb(Verb verb) = 0;
  virtual Result<Registration> add_driver(Driver& driver) = 0;
  /// Names a listener for --report ("sip-udp"). Call in start(), after bind.
  virtual Registration add_listener(std::string name, const SocketAddress& bound) = 0;

  /// How modules meet: an interface is a class with `static constexpr std::string_view kInterface`. Null when nobody provides it.
  template <class I>
  Registration provide(I& implementation) {
    return provide_raw(I::kInterface, &implementation);
  }
  template <class I>
  I* find() {
    return static_cast<I*>(find_raw(I::kInterface));
  }

  /// How many calls use what `module` registered (its verbs that are under way, its driver's legs): for Module::in_use().
  virtual size_t legs_of(std::string_view driver) const = 0;
  /// Devices and trunks that have a leg now, each once.
  virtual std::vector<std::string> endpoints_in_calls() const = 0;
  virtual size_t uses_of_verb(std::string_view verb) const = 0;

 protected:
  virtual Registration provide_raw(std::string_view name, void* implementation) = 0;
  virtual void* find_raw(std::string_view name) = 0;
};

}  // namespace tandem
