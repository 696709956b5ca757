// Reload: one transaction over the configuration of everything that runs. The files are read on a worker; everybody judges the same state
// of them; only when nobody objects are they taken into force. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config_snapshot.h"
#include "host/host_settings.h"
#include "host/worker.h"
#include "media/media_settings.h"
#include "tandem/console.h"
#include "tandem/module.h"

namespace tandem {

class HostImpl;

class Reload {
 public:
  explicit Reload(HostImpl& host);

  /// What is in force from here on, for telling what a later reload has changed.
  void remember();

  /// The core, the directory, the dialplan and every module. `reply` gets a row for each key that differs, with when it takes effect; or
  /// every mistake, and nothing has changed. busy while another is under way.
  void everything(ConsoleReply reply);
  /// These modules alone.
  void modules(std::vector<std::string> names, ConsoleReply reply);

  bool under_way() const { return running_ != nullptr; }
  /// The modules are about to go: what is under way is given up, and nothing begins any more.
  void close();

 private:
  struct Transaction;
  void begin(std::shared_ptr<Transaction> t);
  void judge(const std::shared_ptr<Transaction>& t);
  void judge_core(Transaction& t);
  void judge_modules(Transaction& t);
  void bring_in_directory(const std::shared_ptr<Transaction>& t);
  void apply(Transaction& t);
  void refuse(Transaction& t);
  void end(Transaction& t, Result<Json> answer);
  std::vector<ConfigChange> changes(const Transaction& t) const;
  Json report(const Transaction& t) const;
  void remember_applied(const Transaction& t);

  HostImpl& host_;
  ConfigSnapshot in_force_;
  std::shared_ptr<Transaction> running_;
  bool closed_ = false;
  Worker worker_;  // first to go: nothing comes back to an object that is half destroyed
};

}  // namespace tandem
