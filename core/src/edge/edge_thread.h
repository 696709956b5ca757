// EdgeThread: the Edge as the core has it. Called on the switch thread; everything behind the mailbox is the edge thread's.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "edge/door.h"
#include "edge/loop.h"
#include "edge/peer_table.h"
#include "tandem/edge.h"

namespace tandem {

class EdgeThread final : public Edge {
 public:
  /// `state_folder`: where our own certificate lives. No thread is started before the first door is opened.
  EdgeThread(Clock& clock, std::string state_folder);
  ~EdgeThread() override;
  EdgeThread(const EdgeThread&) = delete;
  EdgeThread& operator=(const EdgeThread&) = delete;

  Result<std::unique_ptr<EdgeListener>> open(EdgeListenerSettings settings) override;
  Result<std::unique_ptr<EdgeOutlet>> dial(EdgeDialSettings settings) override;
  std::shared_ptr<const EdgePeer> peer(const SocketAddress& inner) const override { return peers_.find(inner); }
  void disconnect(uint64_t id) override;

  /// Switch thread: `done` gets the doors' reports on the edge thread. False: its mailbox is full, or no door is open.
  bool report(UniqueFunction<void(Json)> done);
  /// Any thread: of all doors and connections that were made, about a second old.
  struct Totals {
    std::atomic<uint64_t> connections{0}, accepted{0}, refused{0}, failed{0}, late{0}, cut{0};
  };
  const Totals& totals() const { return totals_; }
  /// Where a door is, for the console.
  const std::map<uint64_t, SocketAddress>& doors() const { return bound_; }

 private:
  class Handle;
  class Outlet;
  /// What the files say, read on the switch thread.
  struct Prepared {
    EdgeListenerSettings settings;
    std::shared_ptr<const TlsContext> context;
  };
  Result<Prepared> prepare(EdgeListenerSettings settings);
  void start();
  /// Runs `task` on the edge thread and returns when it is done: at start, reload and end only.
  void run_there(Task task);
  void close(uint64_t door);
  void count();

  Clock& clock_;
  const std::string state_folder_;
  PeerTable peers_;
  EdgeLoop loop_;
  std::map<uint64_t, std::unique_ptr<Door>> open_;  ///< edge thread
  std::map<uint64_t, SocketAddress> bound_;         ///< switch thread
  Door::Counts closed_;                             ///< of doors that are no more; edge thread
  Totals totals_;
  uint64_t last_ = 0;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace tandem
