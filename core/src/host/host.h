// HostImpl: the running core. Owns every part in the order in which they start; they end in reverse. Switch thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/config_folder.h"
#include "base/epoll_loop.h"
#include "base/hep_sender.h"
#include "base/metrics_book.h"
#include "call/switch.h"
#include "call/verb_table.h"
#include "edge/edge_thread.h"
#include "host/console_server.h"
#include "host/event_bus.h"
#include "host/host_settings.h"
#include "host/loader.h"
#include "host/machine_strain.h"
#include "host/options.h"
#include "host/reload.h"
#include "host/report.h"
#include "host/service_manager.h"
#include "host/shutdown.h"
#include "host/state_folder.h"
#include "http/curl_client.h"
#include "lua/lua_dialplan.h"
#include "media/media_threads.h"
#include "store/directory_store.h"
#include "store/store_folder.h"
#include "tandem/host.h"

namespace tandem {

class HostImpl final : public Host {
 public:
  /// Takes the state folder, reads the configuration and opens every part of the core; no module yet. Errors are for the admin.
  static Result<std::unique_ptr<HostImpl>> open(const Options& options);
  ~HostImpl() override;

  /// Loads the modules, serves the console, writes the report. unavailable: a required module does not run.
  Result<void> start();
  /// Serves until stop(), then ends the calls and unloads the modules. Bounded: kCallsEnd and kModulesEnd at most.
  void run();
  /// Any thread. run() returns soon.
  void stop() { loop_.stop(); }
  /// SIGTERM, SIGINT: see Shutdown. SIGHUP: log files are opened afresh, and everything reads its configuration anew.
  void on_signal(int number);
  /// A reload has judged these and found them good.
  void take(const HostSettings& settings);

  static constexpr std::chrono::seconds kCallsEnd{3};
  static constexpr std::chrono::seconds kModulesEnd{1};

  EpollLoop& loop() override { return loop_; }
  Shutdown& shutdown() { return *shutdown_; }
  Reload& reload() { return *reload_; }
  const HostSettings& settings() const { return settings_; }
  const std::string& state_folder() const { return state_->path(); }

  ConfigFolder& config() override { return config_; }
  ConsoleServer& console() override { return *console_; }
  Events& events() override { return events_; }
  Store& store() override { return *store_; }
  DirectoryStore& directory() override { return *directory_; }
  MediaThreads& media() override { return *media_; }
  ChannelEvents& channels() override { return *switch_; }
  Metrics& metrics() override { return metrics_; }

  Result<Registration> add_verb(Verb verb) override { return verbs_.add(std::move(verb)); }
  Result<Registration> add_driver(Driver& driver) override { return switch_->add_driver(driver); }
  Registration add_listener(std::string name, const SocketAddress& bound) override;
  size_t legs_of(std::string_view driver) const override { return switch_->legs_of(driver); }
  size_t uses_of_verb(std::string_view verb) const override;
  std::vector<std::string> endpoints_in_calls() const override { return switch_->endpoints_in_calls(); }

  Loader& loader() { return *loader_; }
  Switch& calls() { return *switch_; }
  LuaDialplan& dialplan() { return *dialplan_; }
  const HepSender& capture() const { return capture_; }
  const VerbTable& verbs() const { return verbs_; }
  std::vector<Listener> listeners() const;
  Instant started() const { return started_; }

 private:
  explicit HostImpl(const Options& options);
  Result<void> open_parts();
  void add_commands();
  void end_calls();
  void unload_modules();
  void step_until(Duration limit, const std::function<bool()>& done);
  void watch_log();

  Registration provide_raw(std::string_view name, void* implementation) override;
  void* find_raw(std::string_view name) override;

  const Options options_;
  std::unique_ptr<StateFolder> state_;
  EpollLoop loop_;
  ConfigFolder config_;
  HostSettings settings_;
  EventBus events_;
  MetricsBook metrics_;
  HepSender capture_;
  std::unique_ptr<StoreFolder> store_;
  std::unique_ptr<DirectoryStore> directory_;
  std::unique_ptr<MediaThreads> media_;
  std::unique_ptr<EdgeThread> edge_;
  VerbTable verbs_;
  std::unique_ptr<CurlClient> http_;
  std::unique_ptr<LuaDialplan> dialplan_;  // before the switch: calls that are still there own scripts
  std::unique_ptr<Switch> switch_;
  std::map<std::string, void*, std::less<>> interfaces_;
  Registration call_gate_, call_mover_, capture_place_, edge_interface_, recordings_;
  Registration lines_, originator_;
  Registration sessions_, guest_book_, policies_, http_client_;
  std::map<uint64_t, Listener> listeners_;
  uint64_t next_listener_ = 1;
  std::unique_ptr<ConsoleServer> console_;
  std::vector<Registration> commands_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Shutdown> shutdown_;
  std::unique_ptr<Reload> reload_;
  MachineStrain strain_;
  ServiceManager service_;
  const Instant started_;
};

}  // namespace tandem
