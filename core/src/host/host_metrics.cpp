#include "host/host_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/heap.h"
#include "host/host.h"
#include "version.h"

namespace tandem {
namespace {

double entries(const char* folder) {
  std::error_code gone;
  double count = 0;
  for (auto it = std::filesystem::directory_iterator(folder, gone); it != std::filesystem::directory_iterator(); it.increment(gone))
    ++count;
  return count;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  struct rusage used {};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double most_descriptors() {
  struct rlimit limit {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

/// Legs by state: a handful of words, whatever the number of calls.
std::vector<MetricSample> legs_by_state(HostImpl& host) {
  std::map<std::string, double, std::less<>> counted;
  for (const auto* const call : host.calls().all()) {
    for (const auto& leg : call->legs()) ++counted[std::string(to_string(leg->state()))];
  }
  std::vector<MetricSample> samples;
  for (auto& [state, count] : counted) samples.push_back({count, {{"state", state}}});
  return samples;
}

}  // namespace

std::vector<Registration> register_host_metrics(HostImpl& host) {
  auto& metrics = host.metrics();
  std::vector<Registration> made;
  const auto gauge = [&](const char* name, const char* help, auto read) {
    made.push_back(metrics.gauge(name, help, Metrics::Read([&host, read] { return static_cast<double>(read(host)); })));
  };
  const auto counter = [&](const char* name, const char* help, auto read) {
    made.push_back(metrics.counter(name, help, Metrics::Read([&host, read] { return static_cast<double>(read(host)); })));
  };
  made.push_back(metrics.gauge("tandem_build_info", "Always 1; the label tells the version", Metrics::ReadAll([] {
                                 return std::vector<MetricSample>{{1, {{"version", std::string(host_version())}}}};
                               })));
  gauge("tandem_uptime_seconds", "Since the start",
        [](HostImpl& h) { return std::chrono::duration<double>(h.loop().clock().now() - h.started()).count(); });
  gauge("tandem_calls", "Calls now", [](HostImpl& h) { return h.calls().calls(); });
  counter("tandem_calls_total", "Calls since the start", [](HostImpl& h) { return h.calls().total_calls(); });
  gauge("tandem_calls_limit", "Where new calls are refused", [](HostImpl& h) { return h.calls().settings().max_calls; });
  made.push_back(metrics.gauge("tandem_legs", "Legs of calls now, by state", Metrics::ReadAll([&host] { return legs_by_state(host); })));
  gauge("tandem_scripts", "Dialplan scripts that are under way", [](HostImpl& h) { return h.dialplan().coroutines(); });
  gauge("tandem_script_memory_bytes", "What the dialplan keeps", [](HostImpl& h) { return h.dialplan().bytes(); });
  gauge("tandem_mailbox_fill", "How full the switch thread's mailbox is, 0 to 1; beyond 0.75 new work is refused",
        [](HostImpl& h) { return h.loop().pressure(); });
  gauge("tandem_timers", "Timers that run", [](HostImpl& h) { return h.loop().timers(); });
  gauge("tandem_media_ports_in_use", "RTP ports (with their RTCP ports) that legs have",
        [](HostImpl& h) { return h.media().totals().ports_open; });
  gauge("tandem_media_ports", "RTP ports of the range", [](HostImpl& h) { return h.media().totals().ports_all; });
  counter("tandem_rtp_received_packets_total", "RTP packets that came in",
          [](HostImpl& h) { return h.media().totals().packets.received_packets; });
  counter("tandem_rtp_sent_packets_total", "RTP packets that went out",
          [](HostImpl& h) { return h.media().totals().packets.sent_packets; });
  counter("tandem_rtp_dropped_packets_total", "RTP and RTCP packets that were not taken: unknown source, broken, nowhere to go",
          [](HostImpl& h) { return h.media().totals().packets.dropped_packets; });
  counter("tandem_rtp_transcoded_packets_total", "RTP packets that were decoded and encoded anew",
          [](HostImpl& h) { return h.media().totals().packets.transcoded_packets; });
  counter("tandem_hep_sent_total", "Messages that went to the capture server", [](HostImpl& h) { return h.capture().sent(); });
  counter("tandem_hep_dropped_total", "Messages for the capture server that found no room",
          [](HostImpl& h) { return h.capture().dropped(); });
  gauge("tandem_modules", "Modules that run", [](HostImpl& h) { return h.loader().running().size(); });
  gauge("process_resident_memory_bytes", "Memory of the process that is in RAM", [](HostImpl&) { return resident_bytes(); });
  gauge("process_heap_used_bytes", "Memory that is allocated", [](HostImpl&) { return heap_use().used; });
  gauge("process_open_fds", "Descriptors that are open", [](HostImpl&) { return entries("/proc/self/fd") - 1; });
  gauge("process_max_fds", "Descriptors that may be open", [](HostImpl&) { return most_descriptors(); });
  gauge("process_threads", "Threads", [](HostImpl&) { return entries("/proc/self/task"); });
  counter("process_cpu_seconds_total", "Time on the processors", [](HostImpl&) { return cpu_seconds(); });
  gauge("process_start_time_seconds", "When it started, since 1970", [](HostImpl& h) {
    const auto since = h.loop().clock().wall() - std::chrono::duration_cast<WallTime::duration>(h.loop().clock().now() - h.started());
    return std::chrono::duration<double>(since.time_since_epoch()).count();
  });
  return made;
}

}  // namespace tandem
