// CurlClient: the HttpClient on libcurl, one worker thread with a multi handle. Its functions on the switch thread; what is marked so below
// belongs to the worker.
//
// Bounds: requests under way, time, size, header count, redirects (GET only, never from https to http), http and https only, certificates
// verified, no proxies of the environment, no cookies, no netrc.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tandem/http_client.h"
#include "tandem/loop.h"

namespace tandem {

class CurlClient final : public HttpClient {
 public:
  static constexpr size_t kMostRequests = 200;  ///< under way

  explicit CurlClient(Loop& loop);
  /// Requests under way are dropped; no `done` runs any more.
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Result<uint64_t> start(HttpRequest request, Done done) override;
  void cancel(uint64_t id) override;
  size_t under_way() const { return waiting_->size(); }

 private:
  class Transfer;
  struct Order {
    uint64_t id;
    std::unique_ptr<HttpRequest> request;  ///< null: cancel
  };
  using Waiting = std::unordered_map<uint64_t, Done>;

  void give(Order order);

  // The worker.
  void work();
  void take_orders();
  void finish_transfers();
  void report(uint64_t id, Result<HttpResponse> result);

  Loop& loop_;
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();  ///< by id; the reports on their way hold it weakly
  uint64_t next_ = 1;

  CURLM* multi_;  ///< the worker's, but for its wake-up
  std::mutex mutex_;
  std::vector<Order> orders_;  ///< guarded by mutex_
  std::atomic<bool> stopping_{false};
  std::unordered_map<uint64_t, std::unique_ptr<Transfer>> transfers_;                   ///< worker
  std::vector<std::pair<uint64_t, std::shared_ptr<Result<HttpResponse>>>> unreported_;  ///< worker: the switch's mailbox was full
  std::thread thread_;
};

}  // namespace tandem
