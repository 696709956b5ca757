#include "host/host.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "base/logger.h"
#include "call/line_commands.h"
#include "call/media_commands.h"
#include "call/move_verbs.h"
#include "edge/edge_commands.h"
#include "host/core_commands.h"
#include "host/host_metrics.h"
#include "host/log_commands.h"
#include "host/object_commands.h"
#include "host/stop_commands.h"
#include "media/media_settings_command.h"
#include "store/directory_commands.h"
#include "store/exchange_commands.h"
#include "tandem/log.h"
#include "version.h"

namespace tandem {
namespace {

constexpr Log kLog("core");

}  // namespace

HostImpl::HostImpl(const Options& options)
    : options_(options),
      loop_(system_clock()),
      config_(options.config_folder, options.overrides),
      strain_(loop_, [this](std::string why) { switch_->set_strain(std::move(why)); }),
      service_(ServiceManager::from_environment(loop_)),
      started_(system_clock().now()) {}

HostImpl::~HostImpl() {
  log_tap(LogLevel::error, nullptr);
  if (reload_) unload_modules();
}

Result<std::unique_ptr<HostImpl>> HostImpl::open(const Options& options) {
  std::unique_ptr<HostImpl> host(new HostImpl(options));
  if (auto opened = host->open_parts(); !opened) return opened.error();
  return host;
}

Result<void> HostImpl::open_parts() {
  auto state = StateFolder::take(options_.state_folder);
  if (!state) return state.error();
  state_ = std::make_unique<StateFolder>(std::move(*state));
  auto settings = read_host_settings(config_, state_->path());
  if (!settings) return settings.error();
  settings_ = std::move(*settings);
  if (auto opened = log_open(settings_.log); !opened) return opened;

  store_ = std::make_unique<StoreFolder>(state_->path(), loop_);
  auto directory = DirectoryStore::open(*store_, config_);
  if (!directory) return directory.error();
  directory_ = std::move(*directory);
  directory_->sessions().tell(&events_);
  sessions_ = provide<Sessions>(directory_->sessions());
  directory_->lines().tell(&events_);
  lines_ = provide<LineBook>(directory_->lines());
  guest_book_ = provide<GuestBook>(*directory_);

  auto media_settings = read_media_settings(config_);
  if (!media_settings) return media_settings.error();
  auto tones = Tones::read(config_);
  if (!tones) return tones.error();
  if (media_settings->recordings.empty()) media_settings->recordings = state_->path() + "/recordings";
  media_settings->sounds.recordings = media_settings->recordings;
  auto media = MediaThreads::open(*media_settings, loop_, loop_.clock(), std::move(*tones));
  if (!media) return media.error();
  media_ = std::move(*media);
  media_->set_capture(&capture_);

  edge_ = std::make_unique<EdgeThread>(loop_.clock(), state_->path());
  edge_interface_ = provide<Edge>(*edge_);
  http_ = std::make_unique<CurlClient>(loop_);
  dialplan_ = std::make_unique<LuaDialplan>(ScriptServices{&loop_, directory_.get(), &verbs_, &events_, http_.get()});
  switch_ = std::make_unique<Switch>(loop_, events_, *directory_, *media_, verbs_);
  call_gate_ = provide<CallGate>(*switch_);
  originator_ = provide<Originator>(*switch_);
  recordings_ = provide<Recordings>(*media_);
  call_mover_ = provide<CallMover>(*switch_);
  capture_place_ = provide<Capture>(capture_);
  policies_ = provide<Policies>(*dialplan_);
  switch_->set_remote_destinations([this] { return find<RemoteDestinations>(); });
  http_client_ = provide<HttpClient>(*http_);
  shutdown_ = std::make_unique<Shutdown>(loop_, *switch_, [this] { stop(); });
  settings_.calls.silence_limit = media_settings->silence_limit;
  take(settings_);
  switch_->set_dialplan(dialplan_.get());
  switch_->set_lines(&directory_->lines());

  console_ = std::make_unique<ConsoleServer>(loop_);
  loader_ = std::make_unique<Loader>(*this, settings_.modules);
  reload_ = std::make_unique<Reload>(*this);
  watch_log();
  add_commands();
  return {};
}

void HostImpl::add_commands() {
  const auto keep = [this](std::vector<Registration> made) {
    for (auto& one : made) commands_.push_back(std::move(one));
  };
  keep(register_core_commands(*console_, *this));
  keep(register_host_metrics(*this));
  keep(register_object_commands(*console_, *this));
  keep(register_stop_commands(*console_, *shutdown_));
  keep(register_log_commands(*console_));
  keep(register_module_commands(*console_, *loader_, *reload_));
  keep(register_call_commands(*console_, *switch_));
  keep(register_media_commands(*console_, *switch_));
  keep(register_move_commands(*console_, *switch_));
  keep(register_edge_commands(*console_, loop_, *edge_));
  keep(register_edge_metrics(metrics_, *edge_));
  keep(register_media_settings_command(*console_, *media_));
  keep(register_directory_commands(*console_, *directory_));
  keep(register_exchange_commands(*console_, *directory_));
  keep(register_line_commands(*console_, *switch_));
  keep(register_dialplan_commands(*console_, *dialplan_));
}

Result<void> HostImpl::start() {
  if (!options_.report_file.empty()) ::unlink(options_.report_file.c_str());  // the last run's says nothing about this one
  // The dialplan after the modules, so that a script may name their verbs; nobody can call before the loop turns.
  if (auto loaded = loader_->load_all(); !loaded) return loaded;
  if (auto loaded = dialplan_->load(settings_.dialplan); !loaded) return loaded;
  if (auto used = config_.unused_overrides(); !used) return used;
  if (auto served = console_->listen(state_->socket()); !served) return served;
  if (!options_.report_file.empty()) {
    if (auto written = write_report(options_.report_file, listeners()); !written) return written;
  }
  reload_->remember();
  service_.ready(fmt::format("{} modules", loader_->running().size()));
  kLog.line(LogLevel::notice, "Tandem {} serves: {} modules, state in {}", host_version(), loader_->running().size(), state_->path());
  return {};
}

void HostImpl::run() {
  loop_.run();
  // systemd would take a restart that we do ourselves for the end.
  shutdown_->restart() ? service_.reloading() : service_.stopping(kCallsEnd + kModulesEnd + std::chrono::seconds(10));
  kLog.line(LogLevel::notice, "stopping");
  end_calls();
  unload_modules();
  kLog.line(LogLevel::notice, "stopped");
}

void HostImpl::take(const HostSettings& settings) {
  settings_ = settings;
  switch_->configure(settings_.calls);
  switch_->configure(settings_.features);
  shutdown_->set_limit(settings_.stop_limit);
  strain_.configure(settings_.strain);
  if (auto there = capture_.configure(settings_.hep); !there) kLog.line(LogLevel::error, "{}", there.error().message);
}

void HostImpl::on_signal(int number) {
  if (number != SIGHUP) {
    service_.stopping(std::chrono::duration_cast<std::chrono::seconds>(shutdown_->limit()) + std::chrono::seconds(15));
    return shutdown_->on_signal(number);
  }
  log_reopen();
  service_.reloading();
  reload_->everything([this](const Result<Json>&) { service_.reloaded(); });  // the log has told how it went
}

// Consoles that have asked for live lines get them; while there is none, lines below the files' levels cost nothing.
void HostImpl::watch_log() {
  console_->on_watchers_changed([this] {
    const auto least = watched_level(*console_);
    if (!least) return log_tap(LogLevel::error, nullptr);
    log_tap(*least, [this](LogLevel level, std::string_view line) {
      // From any thread. A switch thread that is overloaded has better things to do: the line is then in the files alone.
      (void)!loop_.post([this, level, text = std::string(line)] { publish_log_line(*console_, level, text); }, Share::new_work);
    });
  });
}

void HostImpl::end_calls() {
  switch_->set_gate(Switch::Gate::shut);
  switch_->hangup_all({Cause::out_of_order, "shutting down"});
  step_until(kCallsEnd, [this] { return switch_->calls() == 0; });
  if (switch_->calls() > 0) kLog.line(LogLevel::warning, "{} calls did not end in time", switch_->calls());
}

void HostImpl::unload_modules() {
  reload_->close();
  loader_->unload_all();
  step_until(kModulesEnd, [this] { return loader_->open_objects() == 0; });
}

void HostImpl::step_until(Duration limit, const std::function<bool()>& done) {
  const Instant end = loop_.clock().now() + limit;
  while (!done() && loop_.clock().now() < end) loop_.step(std::chrono::milliseconds(20));
}

Registration HostImpl::add_listener(std::string name, const SocketAddress& bound) {
  const uint64_t id = next_listener_++;
  listeners_.emplace(id, Listener{std::move(name), bound});
  return Registration([this, id] { listeners_.erase(id); });
}

std::vector<Listener> HostImpl::listeners() const {
  std::vector<Listener> all;
  for (const auto& [id, listener] : listeners_) all.push_back(listener);
  return all;
}

size_t HostImpl::uses_of_verb(std::string_view verb) const {
  const auto entry = verbs_.find(verb);
  return entry ? entry->uses : 0;
}

Registration HostImpl::provide_raw(std::string_view name, void* implementation) {
  const auto [it, added] = interfaces_.emplace(std::string(name), implementation);
  if (!added) {
    kLog.line(LogLevel::error, "the interface {} is provided already: the second provider is not heard", name);
    return {};
  }
  return Registration([this, key = it->first] { interfaces_.erase(key); });
}

void* HostImpl::find_raw(std::string_view name) {
  const auto it = interfaces_.find(name);
  return it == interfaces_.end() ? nullptr : it->second;
}

}  // namespace tandem
